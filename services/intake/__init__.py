"""Intake decides whether a report is accepted, whom it is about, and which reports are of one incident.

It reads `concern-reports` and `intake-decisions`, two doors; it writes `receipts`, every sender's answer, and
`concerns`, where the clock of the law starts.
"""
