"""Identities with a time in them, which the recount has no need of; all others are `deploy.recount.identities`."""

from datetime import UTC, datetime, timedelta

from deploy.recount.identities import derived

_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


def timed(at: datetime, *parts: str) -> str:
    """What derives from the parts, with the milliseconds since 1970 in its first 48 bits, marked as version 7."""
    milliseconds = f"{(at - _BEGINNING) // timedelta(milliseconds=1):012x}"
    return f"{milliseconds[:8]}-{milliseconds[8:]}-7{derived(*parts)[15:]}"
