"""What a report's sender is told about what was read otherwise than it was written, or could not be read.

One fault has one code, whichever door it comes to: `shared/contracts/README.md` lists them. Here nothing of it stands
in a concern's way.
"""

import json
from typing import Any

from shared.contracts.doors import SetAside
from shared.kernel.decision import Reason

_ASIDE = "What was sent is kept aside for a person."
_SAYS = {
    "read_as": "Read as the one thing that it can mean: write it as the contract has it.",
    "value_of_no_list": f"This is none of the values that the contract lists for it: give one of them. {_ASIDE}",
    "not_a_day": f"Write a day as YYYY-MM-DD: what came says no one day. {_ASIDE}",
    "wrong_kind": f"Another kind of value is asked for here: see the contract. {_ASIDE}",
    "characters_not_allowed": f"A code has letters, digits and _.:/- alone, 64 at most: give one. {_ASIDE}",
    "control_characters": "Control characters became spaces: send text without them.",
    "urgent_in_doubt": f"Taken as urgent, lest it be: give true or false. {_ASIDE}",
    "field_name": "Read as the field that its name can only mean: write the name as the contract has it.",
    "field_missing": f"Each of these needs this field. {_ASIDE}",
    "too_many": "These are more than the contract takes. The others are kept aside for a person.",
    "sender_missing": "There is no sender, and the event's source was taken for it: give one.",
    "sender_form": "The sender is no code, and a hash stands for it: give letters, digits and _.:/- alone, 64 at most.",
    "reference_missing": "There is no reference, and one was made: give one, by which you know this report.",
}  # fmt: skip

SET_ASIDE = frozenset(code for code, says in _SAYS.items() if "kept aside" in says)
"""The words of which something is set aside for a person."""


def remark(code: str, where: str) -> Reason:
    """What is said of a field."""
    return Reason(code=code, says=_SAYS[code], where=where)


class Notes:
    """What is to be said of a report, and what was set aside of it, in the order of its fields."""

    def __init__(self) -> None:
        """Nothing is to be said yet."""
        self.said: dict[tuple[str, str], Reason] = {}
        self.set_aside: list[SetAside] = []

    @property
    def remarks(self) -> tuple[Reason, ...]:
        """Each thing once."""
        return tuple(self.said.values())

    def say(self, code: str, where: str) -> None:
        """Remark on a field."""
        self.said.setdefault((code, where), remark(code, where))

    def adopt(self, others: "Notes") -> None:
        """Take over what was noted of a part."""
        self.said |= others.said
        self.set_aside += others.set_aside

    def aside(self, code: str, where: str, said: Any) -> None:
        """Set aside what cannot be read of a field."""
        self.say(code, where)
        self.keep(where, said)

    def keep(self, where: str, said: Any) -> None:
        """Keep, for a person, what was said in a field, as it was written."""
        text = said if isinstance(said, str) else json.dumps(said, ensure_ascii=False)
        self.set_aside.append(SetAside(where=where, said=printable(text)))


def printable(text: str) -> str:
    """A text whose control characters, but for tabs and the ends of lines, are spaces."""
    return text if text.isprintable() else text.translate(_CONTROLS)


_CONTROLS = dict.fromkeys((*range(0x09), 0x0B, 0x0C, *range(0x0E, 0x20), 0x7F), " ")
