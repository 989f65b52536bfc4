"""What can go wrong with the plumbing, sorted by what to do about it.

ChassisError
├── Misconfigured    stop: a person must change a setting or run a command
├── PortTaken        stop: another program listens where we were told to
├── Fenced           another instance owns the partition: read the position again and seek
├── NotLetIn         the database refuses us: a person must see to our role or its password; try again meanwhile
├── WentBack         the database is not where this process left it: tell again what the journal has, then go on
├── Unverified       whether the database is where the journal says cannot be known just now: try again
├── ServiceBroke     a service raised where it cannot be seen over which record: take fewer, down to that one
├── BrokenPromise    a service does what it has not declared: do not start; or set aside the record it does so over
├── NameTaken        another process goes by our name in the group: wait until the name is free
├── Stopping         we have been told to stop, and what was to be done cannot be done now: leave it
└── HistoryDiffers   what the journal says cannot be told again as it was: stop, tell nothing, a person must look
"""

import asyncio

BROKE: tuple[type[BaseException], ...] = (Exception, SystemExit, GeneratorExit, asyncio.CancelledError)
"""What a service may raise, to one event's cost alone: not Ctrl-C, nor what interrupts a decision that loops."""


class ChassisError(Exception):
    """The root of the chassis' own errors."""


class Misconfigured(ChassisError):
    """A setting is missing or wrong; the message says which one and what would be right."""

    exit_code = 78
    """EX_CONFIG of sysexits.h, which supervisors know: to start again will not mend it."""


class PortTaken(ChassisError):
    """Another program listens where we were told to; the message names the variable."""

    exit_code = 3


class Fenced(ChassisError):
    """Somebody else has moved a position we thought was ours."""


class NotLetIn(ChassisError):
    """The database is there and does not let us in; the message says how it put that, and what to check."""


class WentBack(ChassisError):
    """The database is not where this process left it: it was restored, or a standby took over that had lost some."""


class Unverified(ChassisError):
    """Whether the database is where the journal says it was cannot be found out just now; the message says why."""


class NameTaken(ChassisError):
    """Another process goes by the name we were given; the message says since when, and what to do."""


class HistoryDiffers(ChassisError):
    """What the journal says was done cannot be done again as it was; the message says why, and names nobody."""


class ServiceBroke(ChassisError):
    """A service, or what it kept, broke outside a decision; the message says where, and names nobody."""


class BrokenPromise(ChassisError):
    """A service does, or declares, what cannot be kept. `place` is where it decides, as file:line."""

    exit_code = 70
    """EX_SOFTWARE of sysexits.h: it is a fault of ours, and to start again will not mend it."""

    def __init__(self, says: str, place: str) -> None:
        """Keep what is wrong, and where."""
        super().__init__(says)
        self.place = place


class Stopping(ChassisError):
    """We have been told to stop, and what was to be done cannot be done now: whoever comes next will."""
