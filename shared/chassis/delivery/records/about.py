"""What a record that is no event of ours was about, as far as it says so, in identifiers of ours."""

import re
from uuid import UUID

import msgspec

from shared.contracts import CATALOGUE
from shared.contracts.doors import concern_id_of

_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:/-]{0,63}")
_REFERENCE = re.compile(r"[\x21-\x7e]{1,128}")

_REPORTS = "concern-reports"
_UUID_LENGTH = 36

Report = tuple[str, str]
"""The sender and the reference of a report."""


def about(topic: str, data: bytes) -> tuple[str, Report | None]:
    """What an event was about, where its data say so in the form the contract asks for; never anything else.

    A report is about the concern that it is or would be; its sender and reference come with it.
    """
    try:
        fields = msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return "", None
    if not isinstance(fields, dict):
        return "", None
    if topic == _REPORTS:
        return _of_report(fields.get("sender"), fields.get("reference"))
    key_fields = sorted({event.key_field for event in CATALOGUE.values() if event.topic == topic})
    try:
        return str(UUID(next((fields[name] for name in key_fields if name in fields), None))), None
    except (ValueError, TypeError, AttributeError):
        return "", None


def about_key(topic: str, key: bytes | None) -> tuple[str, Report | None]:
    """What a record at a door is about by its key, where nothing else of it says so: doors are keyed by that."""
    try:
        said = (key or b"").decode("ascii")
        if topic == _REPORTS:
            sender, reference = said.split("/")  # whose sender or reference has one in it is not to be told
            return _of_report(sender, reference)
        return (str(UUID(said)), None) if len(said) == _UUID_LENGTH else ("", None)
    except ValueError:
        return "", None


def _of_report(sender: object, reference: object) -> tuple[str, Report | None]:
    if not (isinstance(sender, str) and isinstance(reference, str)):
        return "", None
    good = _CODE.fullmatch(sender) and _REFERENCE.fullmatch(reference)
    return (str(concern_id_of(sender, reference)), (sender, reference)) if good else ("", None)
