"""Text as it comes: UTF-8 as it should be, or what a byte order mark, a content type or its own bytes say it is."""

import codecs
import json
import re

from shared.chassis.delivery.records.envelope_faults import ENCODING, REGISTRY_BYTES
from shared.kernel.decision import Reason

_REGISTRY = 5
"""A schema registry's serialiser writes a zero and the four bytes of a number before what it serialises."""
_BEGINNINGS = (b"{", b"[", b'"')
_MARKS = (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_CHARSET = re.compile(r"charset=\"?([\w.:-]+)", re.ASCII | re.IGNORECASE)
_WESTERN = "cp1252"
"""What a Windows system of this country writes where nobody has told it to write UTF-8."""


def as_utf_8(value: bytes, content_type: str, faults: list[Reason]) -> bytes:
    """A JSON text in UTF-8 without a byte order mark; what was not so is noted.

    Where it is neither UTF-8 nor says what else, it is read as Windows-1252, in which every byte is a character or
    stands for a lost one: a narrative with a wrong apostrophe is better than none.
    """
    if value[:1] == b"\0" and value[_REGISTRY : _REGISTRY + 1] in _BEGINNINGS and not _is_utf_16(value):
        faults.append(REGISTRY_BYTES)
        value = value[_REGISTRY:]
    value = value.removeprefix(codecs.BOM_UTF8)
    if value.startswith(_MARKS) or b"\0" in value[:4]:
        encoding: str = json.detect_encoding(value)
    else:
        try:
            value.decode()
        except UnicodeDecodeError:
            encoding = _charset_of(content_type)
        else:
            return value
    faults.append(ENCODING)
    return value.decode(encoding, "replace").encode()


def _is_utf_16(value: bytes) -> bool:
    """Whether it begins as JSON does in UTF-16, which begins with a zero too."""
    return value[1:2] in _BEGINNINGS and value[2:3] == b"\0"


def _charset_of(content_type: str) -> str:
    """The character set that a content type names, if it is one of a single byte a character; else Windows-1252."""
    said = _CHARSET.search(content_type)
    try:
        name = codecs.lookup(said[1]).name if said is not None else _WESTERN
    except LookupError:
        return _WESTERN
    return name if name.startswith(("iso8859", "cp125")) else _WESTERN
