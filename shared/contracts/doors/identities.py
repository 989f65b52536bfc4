"""Ids that both sides of a door can work out for themselves, so that nobody has to ask."""

import re
from hashlib import blake2b
from unicodedata import normalize
from urllib.parse import quote
from uuid import UUID

from shared.kernel.identity import derived

_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:/-]{0,63}")
_REFERENCE = re.compile(r"[\x21-\x7e]{1,128}")
_PRINTABLE = "".join(map(chr, range(0x21, 0x7F))).replace("%", "")
_REFERENCE_ROOM = 95


def sender_form(said: str) -> str:
    """A sender's name in the form of a code: as it is where it has that; else a hash, for what is no code may be words.

    Tables count by sender, and a person's name has no place there.
    """
    text = " ".join(normalize("NFKC", said).split())
    return text if _CODE.fullmatch(text) or not text else f"sender.{_hash(text)}"


def reference_form(said: str) -> str:
    """A sender's reference in printable characters without spaces, 128 at most: as it is where it has that form.

    Else what is neither is written as in a URL ("SG 17" is SG%2017), and of what is too long the end is a hash.
    """
    if _REFERENCE.fullmatch(said):
        return said
    text = " ".join(normalize("NFKC", said).split())
    form = quote(text, safe=_PRINTABLE, errors="replace")
    return form if _REFERENCE.fullmatch(form) or not form else f"{form[:_REFERENCE_ROOM]}~{_hash(text)}"


def _hash(text: str) -> str:
    return blake2b(text.encode("utf-8", "replace"), digest_size=8).hexdigest()


def concern_id_of(sender: str, reference: str) -> UUID:
    """The concern's id: derived from the sender and its reference, so a resend is the same concern."""
    return derived("concern", sender, reference)


def enquiry_id_of(concern_id: UUID) -> UUID:
    """The id of the Section 42 enquiry a concern converts to: one adult, one enquiry for a concern."""
    return derived("enquiry", str(concern_id))


def other_enquiry_id_of(concern_id: UUID) -> UUID:
    """The id of the other safeguarding enquiry a concern leads to: never the same record as a Section 42 enquiry."""
    return derived("other-enquiry", str(concern_id))
