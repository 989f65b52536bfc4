"""Audit watches over what others decided, and tells the Safeguarding Adults Coordinator.

It finds adults about whom concerns repeat, and concerns and enquiries that drift past six months. It reads
`concerns`, `triage`, `enquiries` and the door `audit-reviews`, all by adult; it writes
`audit.repeat-concerns` and `audit.drift`.
"""
