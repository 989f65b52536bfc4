"""What intake must make of decisions about records: links, withdrawals, merges, and each of them taken back."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from deploy.recount.answers import TAKEN, Answer
from deploy.recount.people import together
from deploy.recount.records import Records
from tests.faults.doors import Knock, new
from tests.faults.facts import Book, Expected, refusal
from tests.faults.intake_rules import REFUSED, Intake
from tests.faults.log import Message
from tests.faults.replay import replay

_STATED = {
    "concern.duplicate-found": "safeguarding.concern.linked-as-duplicate.v1",
    "concern.duplicate-taken-back": "safeguarding.concern.unlinked.v1",
    "concern.withdrawal-decided": "safeguarding.concern.withdrawn.v1",
    "concern.withdrawal-taken-back": "safeguarding.concern.reinstated.v1",
    "adult.found-one": "safeguarding.adult.merged.v1", "adult.found-different": "safeguarding.adult.unmerged.v1",
}  # fmt: skip
_TWO = "about_different_adults"
Said = dict[str, Any]


def records(found: list[Knock], book: Book, result: Intake) -> None:
    """Go through the decisions about each pair of concerns, each concern and each merge, in their logs' order."""
    decided = Decided(book, result)
    told: dict[tuple[str, ...], list[Knock]] = defaultdict(list)
    for knock in new(found, *_STATED):
        told[_thing(knock.sent.said)].append(knock)
    # Merges first: whether a link between two adults is accepted hangs on them.
    for _, knocks in sorted(told.items(), key=lambda item: item[0][0] != "merge"):
        result.held |= {knock.sent.identity for knock in replay(knocks, decided.tell)}


def _thing(said: Said) -> tuple[str, ...]:
    if "merge_id" in said:
        return "merge", said["merge_id"]
    if "duplicate_of" in said:
        return "pair", *sorted((said["concern_id"], said["duplicate_of"]))
    return "concern", said["concern_id"]


class Decided(Records):
    """The recount's rules, and what is stated by them."""

    def __init__(self, book: Book, result: Intake) -> None:
        super().__init__(concerns=result.concerns)
        self._book = book
        self._knock: Knock | None = None

    def tell(self, knock: Knock) -> Answer:
        """One decision, and what must have come of it."""
        said, at, message = knock.sent.said, knock.sent.at, knock.message
        assert message is not None
        self._knock, before = knock, self._linked(said)
        answer = {
            "concern.duplicate-found": self.duplicate, "concern.duplicate-taken-back": self.separate,
            "concern.withdrawal-decided": self.withdraw, "concern.withdrawal-taken-back": self.put_back,
            "adult.found-one": self.people.found_one, "adult.found-different": self.people.found_different,
        }[knock.sent.name](said, at)  # fmt: skip
        if answer.why:
            self._book.check(refusal("receipts", REFUSED, knock, knock.about, answer.why))
        elif answer is TAKEN and not ("duplicate_of" in said and before == self._linked(said)):
            self._book.check(self._stated(knock.sent.name, said, message))
        return answer

    def one_person(self, pair: frozenset[str]) -> bool:
        """Whether two adults were one person when the link was decided on.

        Merges come by another key, and so by another partition: where these two were ever connected, which was
        first is intake's to say, and either answer is allowed: it took them for one where it states the link, and where
        it refuses that for another reason than that they are two.
        """
        ever = together((one["adult_id"], one["other_adult_id"]) for one in self.people.found.values())
        adults = {self.concerns[concern_id].adult_id for concern_id in pair}
        if len(adults) == 1 or len({ever.get(adult, adult) for adult in adults}) > 1:
            return len(adults) == 1
        knock = self._knock
        assert knock is not None
        assert knock.message is not None
        about = knock.message.data["concern_id"]
        stated = Expected("concerns", _STATED["concern.duplicate-found"], about, knock.message, "", {})
        if self._book.find(stated) is not None:
            return True
        answer = self._book.find(refusal("receipts", REFUSED, knock, knock.about, None))
        return answer is not None and all(one["code"] != _TWO for one in answer.data["reasons"])

    def _linked(self, said: Said) -> bool:
        return self.pairs.get(frozenset((said.get("concern_id", ""), said.get("duplicate_of", ""))), (None, False))[1]

    def _stated(self, name: str, said: Said, cause: Message) -> Expected:
        """The fact: all that was said but the grounds, and whose it is, of two concerns the lesser's."""
        said = {field: value for field, value in said.items() if field != "grounds"}
        if "merge_id" in said:
            finding = self.people.found[said["merge_id"]]
            one, other = sorted((finding["adult_id"], finding["other_adult_id"]))
            body, subject = said | {"adult_id": one, "other_adult_id": other}, said["merge_id"]
        else:
            lesser = min(said["concern_id"], said.get("duplicate_of", said["concern_id"]))
            body, subject = said | {"adult_id": self.concerns[lesser].adult_id}, said["concern_id"]
        return Expected("concerns", _STATED[name], subject, cause, body["adult_id"], body)
