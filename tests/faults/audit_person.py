"""The repeat reviews of a person: worked out anew after every step, the slow and plain way.

A person is one adult record, or several that were found to be one, as long as that stands. Their concerns are counted
together; what a review was about stays with every record that was the person's when it was done.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from deploy.recount.civil import day, months_on
from deploy.recount.identities import derived
from deploy.recount.incidents import Incident, of_pairs, repeating, window
from deploy.recount.people import together
from deploy.recount.records import Concern
from tests.faults.audit_open import POLICY, Stated, fact
from tests.faults.civil import instant
from tests.faults.doors import Knock
from tests.faults.facts import Expected, refusal
from tests.faults.log import Message
from tests.faults.orders import Heard

REPEATS = "audit.repeat-concerns"
REPEAT_REFUSED = "safeguarding.audit.repeat-review-refused.v1"
Group = tuple[str, ...]


@dataclass(frozen=True)
class Standing:
    """An open review: its id, the adults who are the person, and the first concern of each incident it is about."""

    review_id: str
    adults: Group
    ends: Group


@dataclass(frozen=True)
class People:
    """Adult records that were ever found to be one, whoever is one with whom now.

    `done` are reviews with what they were about and what was said of them; `reviewed` says which of them an adult has.
    """

    adults: Group
    concerns: dict[str, Concern] = field(default_factory=dict)
    withdrawn: frozenset[str] = frozenset()
    linked: frozenset[tuple[str, Group]] = frozenset()
    triaged: dict[str, tuple[str, str]] = field(default_factory=dict)
    done: dict[str, tuple[Group, tuple[Any, ...]]] = field(default_factory=dict)
    reviewed: frozenset[tuple[str, str]] = frozenset()
    merges: frozenset[tuple[str, Group]] = frozenset()
    unmerged: frozenset[str] = frozenset()
    standing: tuple[Standing, ...] = ()
    due: datetime | None = None

    @property
    def name(self) -> Hashable:
        """What the places in the logs do not tell already."""
        return self.standing, self.reviewed, tuple(self.done)

    def fall_due(self) -> tuple[People, Stated]:
        """Nothing here waits for the clock."""
        raise AssertionError(self.adults)

    def hear(self, heard: Heard) -> tuple[People, Stated]:
        """One more thing about any of them."""
        if isinstance(heard, Knock):
            return self._review(heard)
        name = heard.type.split(".", 1)[1].removesuffix(".v1")
        learned = self._learned(name, heard.data)
        return learned._settled(heard)

    def _learned(self, name: str, data: dict[str, Any]) -> People:
        if name == "concern.received":
            one = Concern(data["concern_id"], data["adult_id"], instant(data["received_at"]), {})
            return replace(self, concerns=self.concerns | {one.concern_id: one})
        if name in ("concern.withdrawn", "concern.reinstated"):
            others = self.withdrawn - {data["concern_id"]}
            return replace(self, withdrawn=others | ({data["concern_id"]} if name.endswith("withdrawn") else set()))
        if name in ("concern.linked-as-duplicate", "concern.unlinked"):
            pair = data["adult_id"], tuple(sorted((data["concern_id"], data["duplicate_of"])))
            return replace(self, linked=self.linked - {pair} if name.endswith("unlinked") else self.linked | {pair})
        if name == "concern.triaged":
            triaged = {one: of for one, of in self.triaged.items() if one != data["concern_id"]}
            if data["decision"] == "duplicate":
                triaged[data["concern_id"]] = data["adult_id"], data["duplicate_of"]
            return replace(self, triaged=triaged)
        merge = data["merge_id"], tuple(sorted((data["adult_id"], data["other_adult_id"])))
        if name == "adult.unmerged":
            return replace(self, merges=self.merges - {merge}, unmerged=self.unmerged | {merge[0]})
        return self if merge[0] in self.unmerged else replace(self, merges=self.merges | {merge})

    def person_of(self, adult_id: str) -> Group:
        """Everybody who is one person with this adult now, in the order of their ids."""
        least = together((one, other) for _, (one, other) in self.merges)
        person = least.get(adult_id, adult_id)
        return tuple(sorted({adult_id, *(one for one, of in least.items() if of == person)}))

    def _settled(self, cause: Message) -> tuple[People, Stated]:
        """The reviews that the rule asks for, and what that changes: withdrawn, opened, joined."""
        before = {review.review_id: review for review in self.standing}
        after: list[Standing] = []
        told: Stated = []
        for adults in sorted({self.person_of(adult) for adult in self.adults}):
            incidents = self._incidents(adults)
            ends = self._ends(adults, incidents)
            if not ends:
                continue
            review = Standing(self._next_review(adults), adults, tuple(end.first.concern_id for end in ends))
            after.append(review)
            known = before.pop(review.review_id, None)
            if known is None:
                opening = [end for end in ends if end.day == ends[0].day][-1]
                told.append(self._opened(review, opening, incidents, cause))
                new = [end for end in ends if end.day > opening.day]
            else:
                new = [end for end in ends if not set(known.ends) & _ids(end)]
            for first in (end.first.concern_id for end in new):
                body = {"review_id": review.review_id, "adult_id": adults[0], "concern_id": first}
                told.append(fact(REPEATS, "repeat-concern-joined", first, cause, body))
        gone = [_of(review, "repeat-review-withdrawn", cause, {}) for review in before.values()]
        return replace(self, standing=tuple(after)), gone + told

    def _incidents(self, adults: Group) -> list[Incident]:
        """Concerns that report one incident together, each at its earliest, in the order of receipt."""
        counting = [c for c in self.concerns.values() if c.adult_id in adults and c.concern_id not in self.withdrawn]
        linked = [(one, other) for of, (one, other) in self.linked if of in adults]
        linked += [(one, other) for one, (of, other) in self.triaged.items() if of in adults]
        return [Incident(adults[0], group) for group in of_pairs(counting, linked)]

    def _ends(self, adults: Group, incidents: list[Incident]) -> list[Incident]:
        """The incidents that are more than the third before them within twelve months, and in no review yet."""
        covered = {c for adult, review in self.reviewed if adult in adults for c in self.done[review][0]}
        return [end for end in repeating(incidents) if not covered & _ids(end)]

    def _next_review(self, adults: Group) -> str:
        """The review's id, from the first of the adults and how many there were; if not all its own, from those too."""
        done = {review for adult, review in self.reviewed if adult in adults}
        number = str(len(done) + 1)
        own = {derived("repeat-review", adults[0], str(n + 1)) for n in range(len(done))}
        return derived("repeat-review", adults[0], number, *(() if own == done else sorted(done)))

    def _opened(self, review: Standing, end: Incident, incidents: list[Incident], cause: Message) -> Expected:
        before = months_on(end.day, -12)
        body = {
            "concern_id": end.first.concern_id, "window_after": before, "window_to": end.day, "policy": POLICY,
            "counted": [one.first.concern_id for one in window(end.day, incidents)],
            "considered": list(self._considered(review.adults, before, end.day, incidents)),
        }  # fmt: skip
        return _of(review, "repeat-review-opened", cause, body)

    def _considered(
        self, adults: Group, before: date, until: date, incidents: list[Incident]
    ) -> Iterable[dict[str, Any]]:
        """Every concern from the window's eve to its end, and whatever reports an incident with one of them."""
        first = {c.concern_id: one.first.concern_id for one in incidents for c in one.concerns}
        days = {c.concern_id: day(c.received_at) for c in self.concerns.values() if c.adult_id in adults}
        near = {c for c, received in days.items() if before <= received <= until}
        shown = near | {c for c in days if first.get(c) in {first[other] for other in near if other in first}}
        for concern in sorted(shown, key=lambda c: self.concerns[c].order):
            same_as = first.get(concern)
            why = "counted" if days[concern] > before else "outside_window"
            if same_as is None:
                why = "withdrawn"
            elif same_as != concern:
                why = "same_incident"
            said = {"concern_id": concern, "adult_id": self.concerns[concern].adult_id, "counted": why}
            yield said | {"received_on": days[concern]} | ({"same_as": same_as} if why == "same_incident" else {})

    def _review(self, knock: Knock) -> tuple[People, Stated]:
        """A review was carried out; or it is refused. Any of a person's adults may be named."""
        message, data = knock.message, knock.sent.said
        assert message is not None
        person, review_id = self.person_of(data["adult_id"]), data["review_id"]
        body = {name: data[name] for name in ("safety_planning", "reviewed_by", "reviewed_at")}
        said = tuple(body.values())
        if any((adult, review_id) in self.reviewed for adult in person):
            same = self.done[review_id][1] == said
            return self, [] if same else [_refused(knock, "review_done")]
        review = next((r for r in self.standing if r.review_id == review_id and r.adults == person), None)
        if review is None:
            return self, [_refused(knock, "review_not_open")]
        after = replace(
            self, done=self.done | {review_id: (review.ends, said)},
            reviewed=self.reviewed | {(adult, review_id) for adult in person},
            standing=tuple(one for one in self.standing if one is not review),
        )  # fmt: skip
        return after, [_of(review, "repeat-review-done", message, body)]


def _ids(incident: Incident) -> set[str]:
    return {concern.concern_id for concern in incident.concerns}


def _of(review: Standing, name: str, cause: Message, body: dict[str, Any]) -> Expected:
    said: dict[str, Any] = {"review_id": review.review_id, "adult_id": review.adults[0]}
    said |= {"adults": list(review.adults) if len(review.adults) > 1 else []}
    return fact(REPEATS, name, review.review_id, cause, said | body)


def _refused(knock: Knock, code: str) -> Expected:
    return refusal(REPEATS, REPEAT_REFUSED, knock, knock.sent.said["adult_id"], {code})
