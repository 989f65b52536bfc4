"""Audit watches over what others decided, and tells the Safeguarding Adults Coordinator.

It finds people about whom concerns repeat, concerns and enquiries that drift past six months, concerns nobody decides
on, enquiry work with no enquiry, adults with nobody to speak for them, and records that cannot be right. It reads
`concerns`, `triage`, `enquiries` and the door `audit-reviews`; it writes `audit.repeat-concerns`, `audit.drift`,
`audit.open-concerns`, `audit.advocacy` and `audit.data-quality`.
"""
