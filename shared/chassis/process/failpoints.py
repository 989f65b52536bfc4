"""Named places where a test may kill or stop this process; nothing happens there otherwise.

`SECTION42_FAILPOINT=before-apply:kill:3` sends this process SIGKILL the third time it comes to that place.
"""

import os
import signal

from shared.chassis.process.errors import Misconfigured

PLACES = (
    "after-read", "after-look", "after-decide", "before-apply", "after-commit",
    "relay-fetched", "relay-journalled", "relay-sent", "relay-deleted", "timer-before-commit", "timer-after-commit",
    "recovery-applied",
)  # fmt: skip
_SIGNALS = {"kill": signal.SIGKILL, "stop": signal.SIGSTOP}
_left: dict[str, int] = {}
_action = signal.SIGKILL


def arm(text: str) -> None:
    """Arm one place, from `place:action:nth`. Raises Misconfigured on a place or an action that does not exist."""
    global _action  # noqa: PLW0603  one process, one failpoint
    if not text:
        return
    place, action, nth = (*text.split(":"), "", "")[:3]
    if place not in PLACES or action not in _SIGNALS or not (nth.isascii() and nth.isdigit()):
        words = f"place:action:nth, of {', '.join(PLACES)} and of {', '.join(_SIGNALS)}"
        raise Misconfigured(f"SECTION42_FAILPOINT is {text[:60]!a}: it takes {words}")
    _action = _SIGNALS[action]
    _left[place] = int(nth)


def reach(place: str) -> None:
    """We are here: die or stop if that is what the test asked for."""
    if not _left or place not in _left:
        return
    _left[place] -= 1
    if _left[place] == 0:
        os.kill(os.getpid(), _action)
