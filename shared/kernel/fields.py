"""The field types of every contract: bounded, and marked where they identify or describe a person."""

import re
from datetime import UTC, date, datetime
from typing import Annotated, Any

from pydantic import AwareDatetime, BeforeValidator, Field
from pydantic_core import PydanticCustomError

EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)
LATEST = datetime(2200, 1, 1, tzinfo=UTC)
PERSONAL: dict[str, Any] = {"x-personal": True}
"""The JSON Schema mark of a field that identifies or describes a person, or holds anyone's own words."""

# Postgres text and JSON refuse U+0000, and no other control character but tab and line ends means anything in prose.
_PRINTABLE = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$"

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def _a_day(said: Any) -> Any:
    """A string of digits is no day: readers take it for seconds since 1970, or for something else."""
    if type(said) is date or (isinstance(said, str) and _DAY.fullmatch(said)):
        return said
    raise PydanticCustomError("not_a_day", "Write a day as YYYY-MM-DD.")


def _an_instant(said: Any) -> Any:
    """Nor is it a time."""
    if isinstance(said, datetime) or (isinstance(said, str) and _DAY.match(said)):
        return said
    raise PydanticCustomError("not_an_instant", "Write an instant as YYYY-MM-DDTHH:MM:SS with its offset.")


# What is no text was turned away before: the reader need not be strict, and being so it would take no text at all.
Instant = Annotated[AwareDatetime, Field(ge=EARLIEST, lt=LATEST, strict=False), BeforeValidator(_an_instant)]
"""A moment with its offset, from 1900 to 2199: earlier or later ones are typing errors."""

Day = Annotated[date, Field(ge=EARLIEST.date(), lt=LATEST.date(), strict=False), BeforeValidator(_a_day)]
"""A civil day, from 1900 to 2199."""

Code = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9][A-Za-z0-9_.:/-]*$")]
"""A word from somebody's list, or an opaque identifier of a member of staff, a team or a system: never prose."""

Reference = Annotated[str, Field(min_length=1, max_length=128, pattern=r"^[\x21-\x7e]+$")]
"""A sender's own reference for what it sent: printable, without spaces, opaque to us."""

PersonalText = Annotated[str, Field(min_length=1, max_length=20_000, pattern=_PRINTABLE, json_schema_extra=PERSONAL)]
"""Prose about or by a person."""

PersonalWords = Annotated[str, Field(min_length=1, pattern=_PRINTABLE, json_schema_extra=PERSONAL)]
"""Whatever somebody wrote, as long as it is."""

PersonalName = Annotated[str, Field(min_length=1, max_length=300, pattern=_PRINTABLE, json_schema_extra=PERSONAL)]
"""A name, an address line, a reference or a number that identifies a person."""

PersonalDay = Annotated[Day, Field(json_schema_extra=PERSONAL)]
"""A day that identifies a person: a date of birth."""
