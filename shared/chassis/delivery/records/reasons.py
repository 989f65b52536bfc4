"""Why a record is set aside, in words that quote nothing of it."""

from typing import Any

from pydantic import ValidationError

from shared.chassis.delivery.records.envelope_faults import JSON_INVALID
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
    """What is wrong with the fields, in words of the contract, without quoting any of them."""
    found = (
        Reason(code=code, says=says, where=where)
        for code, says, where in map(_reason, error.errors(include_url=False, include_input=False)[:_REASONS_MAX])
    )
    return tuple(dict.fromkeys(found))


def _reason(error: Any) -> tuple[str, str, str]:
    """The code, what to do, and the path of the field."""
    where = ".".join(str(part) for part in error["loc"])
    code, says = _WRONG.get(error["type"], ("not_as_agreed", "Give what the contract asks for here."))
    context = {name: _bound(value) for name, value in error.get("ctx", {}).items()}
    try:
        return code, says.format_map(context), where
    except KeyError:
        return code, says.partition(" {")[0] + ".", where


def _bound(value: Any) -> str:
    """A bound, or the values of a list, as the contract writes them."""
    return str(value).replace("'", "").replace(" or ", ", ")


_TEXT, _WHOLE_NUMBER = ("wrong_kind", "Give a text, in quotation marks."), ("wrong_kind", "Give a whole number.")
_YES_OR_NO, _OBJECT = ("wrong_kind", "Give true or false, without quotation marks."), ("wrong_kind", "Give an object.")
_LIST, _NUMBER = ("wrong_kind", "Give a list."), ("wrong_kind", "Give a number.")
_A_DAY = ("not_a_day", "Write a day as YYYY-MM-DD.")
_AN_INSTANT = ("not_an_instant", "Write an instant as YYYY-MM-DDTHH:MM:SS with its offset from UTC.")
_AN_ID = ("not_an_id", "Give an id, written as a UUID.")
_WRONG: dict[str, tuple[str, str]] = {
    "json_invalid": (JSON_INVALID.code, JSON_INVALID.says),
    "missing": ("field_missing", "Give this field."),
    "enum": ("value_of_no_list", "Give one of {expected}."),
    "literal_error": ("value_of_no_list", "Give one of {expected}."),
    "string_type": _TEXT,
    "string_unicode": _TEXT,
    "string_sub_type": _TEXT,
    "string_too_short": ("text_empty", "Give a text that says something, or leave the field out."),
    "string_too_long": ("text_too_long", "Give {max_length} characters at most."),
    "string_pattern_mismatch": (
        "characters_not_allowed",
        "There are characters that are not allowed here: the contract gives the pattern.",
    ),
    "bool_type": _YES_OR_NO,
    "bool_parsing": _YES_OR_NO,
    "int_type": _WHOLE_NUMBER,
    "int_parsing": _WHOLE_NUMBER,
    "int_parsing_size": _WHOLE_NUMBER,
    "int_from_float": _WHOLE_NUMBER,
    "float_type": _NUMBER,
    "float_parsing": _NUMBER,
    "finite_number": _NUMBER,
    "list_type": _LIST,
    "tuple_type": _LIST,
    "dict_type": _OBJECT,
    "model_type": _OBJECT,
    "model_attributes_type": _OBJECT,
    "too_long": ("too_many", "Give {max_length} at most."),
    "too_short": ("too_few", "Give {min_length} at least."),
    "not_a_day": _A_DAY,
    "date_type": _A_DAY,
    "date_parsing": _A_DAY,
    "date_from_datetime_parsing": _A_DAY,
    "date_from_datetime_inexact": _A_DAY,
    "not_an_instant": _AN_INSTANT,
    "datetime_type": _AN_INSTANT,
    "datetime_parsing": _AN_INSTANT,
    "datetime_from_date_parsing": _AN_INSTANT,
    "datetime_object_invalid": _AN_INSTANT,
    "timezone_aware": ("no_offset", "Give the instant with its offset from UTC, such as Z or +01:00."),
    "timezone_offset": ("no_offset", "Give the instant with its offset from UTC, such as Z or +01:00."),
    "uuid_type": _AN_ID,
    "uuid_parsing": _AN_ID,
    "uuid_version": _AN_ID,
    "greater_than_equal": ("out_of_bounds", "Give {ge} or more."),
    "less_than_equal": ("out_of_bounds", "Give {le} or less."),
    "greater_than": ("out_of_bounds", "Give more than {gt}."),
    "less_than": ("out_of_bounds", "Give less than {lt}."),
}
"""What the reader calls a fault, the word that the contract has for it, and what to do."""
