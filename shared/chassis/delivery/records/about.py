"""What a record that is no event of ours was about, as far as it says so, in identifiers of ours."""

import re
from uuid import UUID

import msgspec

from shared.contracts import CATALOGUE
from shared.contracts.doors import concern_id_of, reference_form, sender_form

_SENDER = re.compile(rb'"sender"\s*:\s*"([^"\\\x00-\x1f]{1,128})"')
_NAMED = re.compile(rb'"reference"\s*:\s*"([^"\\\x00-\x1f]{1,128})"')
_LONGEST = 300
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
        return _of_broken_report(data) if topic == _REPORTS else ("", None)
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


def _of_broken_report(data: bytes) -> tuple[str, Report | None]:
    """What is legible of a report that breaks off, or is no JSON for another reason: each named once, as a text."""
    sender, reference = _SENDER.findall(data), _NAMED.findall(data)
    if len(sender) != 1 or len(reference) != 1:
        return "", None
    return _of_report(sender[0].decode("utf-8", "replace"), reference[0].decode("utf-8", "replace"))


def _of_report(sender: object, reference: object) -> tuple[str, Report | None]:
    """The concern that a report is or would be, and the names of it that its sender knows."""
    said = [str(one) if isinstance(one, int) and not isinstance(one, bool) else one for one in (sender, reference)]
    if not all(isinstance(one, str) and one.isprintable() and len(one) <= _LONGEST for one in said):
        return "", None
    whose, which = sender_form(str(said[0])), reference_form(str(said[1]))
    return (str(concern_id_of(whose, which)), (whose, str(said[1]))) if whose and which else ("", None)
