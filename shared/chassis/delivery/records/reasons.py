"""Why a record is set aside, in words that quote nothing of it."""

from typing import Any

from pydantic import ValidationError

from shared.kernel.decision import Reason

_REASONS_MAX = 20
BROKEN = Reason(code="internal_error", says="An error of ours: your event is kept, and a person will look at it.")
TOO_MUCH = Reason(
    code="asks_too_much", says="Working this out takes longer, or more room, than one event may: a person will look."
)
NO_DATA = Reason(code="no_data", says="Send the event's data as a JSON object.")
_NOT_READABLE = Reason(code="not_readable", says="Send the event's data as a JSON object in UTF-8.")
UNDECIDED = {reason.code: reason for reason in (BROKEN, TOO_MUCH)}
"""Why a record may be set aside though nothing is wrong with how it is written."""


class Unreadable(Exception):
    """A record is no event of ours. `reasons` say why, without quoting it."""

    def __init__(self, *reasons: Reason) -> None:
        """Keep every reason."""
        super().__init__(", ".join(reason.code for reason in reasons))
        self.reasons = reasons


def why(error: Exception) -> tuple[Reason, ...]:
    """Why a record is no event of ours, by what reading it raised."""
    if isinstance(error, Unreadable):
        return error.reasons
    return reasons_of(error) if isinstance(error, ValidationError) else (_NOT_READABLE,)


def reasons_of(error: ValidationError) -> tuple[Reason, ...]:
    """What is wrong with the fields, without quoting any of them."""
    return tuple(
        Reason(code=e["type"], says=_says(e), where=".".join(str(part) for part in e["loc"]))
        for e in error.errors(include_url=False, include_input=False, include_context=False)[:_REASONS_MAX]
    )


def _says(error: Any) -> str:
    if error["type"] == "uuid_parsing":
        return "Input should be a UUID."
    if error["type"] == "string_pattern_mismatch":
        return "Input holds characters that are not allowed here (see the contract's pattern)."
    return f"{error['msg'].rstrip('.')}."
