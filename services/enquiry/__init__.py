"""Enquiry decides when a Section 42 enquiry is concluded, and holds what is recorded about it to the rules.

It reads `section-42-conversions`, where enquiries begin, the door `enquiry-records`, and
`audit.repeat-concerns`, so that a practitioner sees an adult's open repeat review. It writes `enquiries` and
`msp-outcomes`.
"""
