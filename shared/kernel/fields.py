"""The field types of every contract: bounded, and marked where they identify or describe a person."""

from datetime import UTC, date, datetime
from typing import Annotated, Any

from pydantic import AwareDatetime, Field

EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)
LATEST = datetime(2200, 1, 1, tzinfo=UTC)
PERSONAL: dict[str, Any] = {"x-personal": True}
"""The JSON Schema mark of a field that identifies or describes a person, or holds anyone's own words."""

# Postgres text and JSON refuse U+0000, and no other control character but tab and line ends means anything in prose.
_PRINTABLE = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$"

Instant = Annotated[AwareDatetime, Field(ge=EARLIEST, lt=LATEST)]
"""A moment with its offset, from 1900 to 2199: earlier or later ones are typing errors."""

Day = Annotated[date, Field(ge=EARLIEST.date(), lt=LATEST.date())]
"""A civil day, from 1900 to 2199."""

Code = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9][A-Za-z0-9_.:/-]*$")]
"""A word from somebody's list, or an opaque identifier of a member of staff, a team or a system: never prose."""

Reference = Annotated[str, Field(min_length=1, max_length=128, pattern=r"^[\x21-\x7e]+$")]
"""A sender's own reference for what it sent: printable, without spaces, opaque to us."""

PersonalText = Annotated[str, Field(min_length=1, max_length=20_000, pattern=_PRINTABLE, json_schema_extra=PERSONAL)]
"""Prose about or by a person."""

PersonalName = Annotated[str, Field(min_length=1, max_length=300, pattern=_PRINTABLE, json_schema_extra=PERSONAL)]
"""A name, an address line, a reference or a number that identifies a person."""

PersonalDay = Annotated[Day, Field(json_schema_extra=PERSONAL)]
"""A day that identifies a person: a date of birth."""
