"""Enquiry holds what is recorded about a safeguarding enquiry to the rules, from its opening to its conclusion.

It reads `section-42-conversions`, where enquiries begin and are taken back, the door `enquiry-records`, and
`audit.repeat-concerns`, so that a practitioner sees an adult's open repeat review. It writes `enquiries` and
`msp-outcomes`.
"""
