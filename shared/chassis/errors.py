"""What can go wrong with the plumbing, sorted by what to do about it.

ChassisError
├── Misconfigured    stop: a person must change a setting or run a command
├── Fenced           another instance owns the partition: read the position again and seek
└── Unreadable       a record that cannot be understood: dead-letter it (a door) or hold its key (our own)
"""

from shared.kernel.decision import Reason


class ChassisError(Exception):
    """The root of the chassis' own errors."""


class Misconfigured(ChassisError):
    """A setting is missing or wrong; the message says which one and what would be right."""


class Fenced(ChassisError):
    """Somebody else has moved a position we thought was ours."""


class Unreadable(ChassisError):
    """A record is no event of ours. `reasons` say why, without quoting it."""

    def __init__(self, *reasons: Reason) -> None:
        """Keep every reason."""
        super().__init__(", ".join(reason.code for reason in reasons))
        self.reasons = reasons
