"""Triage decides which team a concern goes to, and checks what people decide on it against section 42(1).

It reads `concerns`, the door `triage-decisions` and `audit.repeat-concerns`; it writes `triage` and
`section-42-conversions`. People decide; triage checks that a decision is complete, lawful in form, and
approved by somebody else. It keeps what they record before there is an enquiry: the first look, the team, what the
adult wants, another authority's answer, what the referrer was told; and it undoes nothing that was approved except by
a correction that is approved too.
"""
