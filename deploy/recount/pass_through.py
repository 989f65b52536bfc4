"""One pass through everything that was sent, in its order; what comes too early waits, and has its turn again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from deploy.recount.answers import LATER, NOTHING, TAKEN, Answer
from deploy.recount.decisions import Triage
from deploy.recount.doors import Sent
from deploy.recount.enquiries import Enquiries
from deploy.recount.identities import of_concern, of_enquiry, of_other_enquiry
from deploy.recount.records import Records

_LOOKED_AT_ONLY = {"triage.screening-recorded", "triage.feedback-given"}
"""Records of a concern that no figure depends on, and no other record waits for."""


class Told:
    """Everything that stands once everything was told; and what was refused, by type and identity, with the reasons."""

    def __init__(self, sent: Iterable[Sent], *, test_numbers: bool = False) -> None:
        """Tell it; `test_numbers` are somebody's where people are invented."""
        self.records = Records(test_numbers)
        self.triage = Triage(self.records.concerns)
        self.enquiries = Enquiries()
        self.refused: dict[tuple[str, str], frozenset[str]] = {}
        self._waiting: dict[str, list[Sent]] = defaultdict(list)
        for one in sent:
            self._release(self._tell(one))

    @property
    def waiting(self) -> int:
        """How many events wait for something that has not come."""
        return sum(map(len, self._waiting.values()))

    def _release(self, changed: list[str]) -> None:
        """Tell again what waited for a case that changed, the oldest first, and from the oldest on after each."""
        while changed:
            case = changed.pop(0)
            held = self._waiting.pop(case, [])
            for number, one in enumerate(held):
                further = self._tell(one)
                if further:
                    self._waiting[case] += held[number + 1 :]
                    changed = [case, *further, *changed]
                    break

    def _tell(self, sent: Sent) -> list[str]:
        """The cases that an event changed; none where it changes nothing, or waits from now on."""
        answer, cases = self._answer(sent)
        if answer.why:
            self.refused[sent.name, sent.identity] = answer.why
        if answer is LATER:
            self._waiting[cases[0]].append(sent)
        return cases if answer is TAKEN else []

    def _answer(self, sent: Sent) -> tuple[Answer, list[str]]:
        """What becomes of an event; and the cases it is about, first the one that it would wait for."""
        door = sent.name.partition(".")[0]
        if door == "enquiry":
            return self.enquiries.record(sent), [sent.said["enquiry_id"]]
        if door == "triage":
            return self._decided(sent)
        if door == "duty":
            return NOTHING, [sent.said["case_id"]]  # whoever deals with what is no concern changes no figure
        if door == "adult":
            return self._person(sent), [sent.said["merge_id"]]
        return self._concern(sent)

    def _concern(self, sent: Sent) -> tuple[Answer, list[str]]:
        said, records = sent.said, self.records
        match sent.name:
            case "concern.reported":
                return records.report(sent), [of_concern(said["sender"], said["reference"])]
            case "concern.withdrawal-decided":
                return records.withdraw(said, sent.at), [said["concern_id"]]
            case "concern.withdrawal-taken-back":
                return records.put_back(said, sent.at), [said["concern_id"]]
            case "concern.duplicate-found" | "concern.duplicate-taken-back":
                pair = sorted((said["concern_id"], said["duplicate_of"]), key=lambda each: each in records.concerns)
                find = records.duplicate if sent.name == "concern.duplicate-found" else records.separate
                return find(said, sent.at), pair
            case other:
                raise NotImplementedError(f"the recount does not know events of the kind {other}")

    def _person(self, sent: Sent) -> Answer:
        people = self.records.people
        find = people.found_one if sent.name == "adult.found-one" else people.found_different
        return find(sent.said, sent.at)

    def _decided(self, sent: Sent) -> tuple[Answer, list[str]]:
        said, triage = sent.said, self.triage
        concern_id = said["concern_id"]
        match sent.name:
            case "triage.decided":
                return triage.decide(said, sent.at), [concern_id]
            case "triage.reroute-decided":
                return triage.reroute(said, sent.at), [concern_id]
            case "triage.authority-answered":
                return triage.answer(said, sent.identity, sent.at), [concern_id]
            case "triage.approved":
                answer = triage.approve(said, sent.at)
                if answer is TAKEN and (decision := triage.of[concern_id].in_force) is not None:
                    self.enquiries.follow(concern_id, decision)
                return answer, [concern_id, of_enquiry(concern_id), of_other_enquiry(concern_id)]
            case other if other in _LOOKED_AT_ONLY:
                return NOTHING, [concern_id]
            case other:
                raise NotImplementedError(f"the recount does not know events of the kind {other}")
