"""What an enquiry waits for and cannot be closed over: other bodies' enquiries, the police, a suspension."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from deploy.recount.answers import LATER, TAKEN, Answer, refused, wrong
from deploy.recount.civil import day

Said = dict[str, Any]
_DUE_AGAIN = timedelta(days=7)


@dataclass
class Caused:
    """Enquiries that another body was caused to make by a day; other days that were set since, and its answers.

    Each with when it was, and with what settles two of one instant.
    """

    caused_at: datetime
    first_due_on: date
    days: list[tuple[datetime, str, date]] = field(default_factory=list)
    answers: list[tuple[datetime, str, bool]] = field(default_factory=list)

    @property
    def due_on(self) -> date:
        """The day that was set last."""
        return max(self.days)[2] if self.days else self.first_due_on

    @property
    def answered(self) -> bool:
        """Whether the last answer satisfied the council."""
        return bool(self.answers) and max(self.answers)[2]


@dataclass
class Referral:
    """A matter referred elsewhere: whether it was taken up, when that was said, and when it was over."""

    referred_at: datetime
    goes_first: bool
    taken_up: bool | None = None
    answered_at: datetime | None = None
    over: bool = False


@dataclass
class OpenEnds:
    """All of one enquiry, by their ids; of a suspension from when it went on and until when, if it ended."""

    caused: dict[str, Caused] = field(default_factory=dict)
    referrals: dict[str, Referral] = field(default_factory=dict)
    suspensions: dict[str, tuple[datetime, datetime | None]] = field(default_factory=dict)

    def unfinished(self) -> set[str]:
        """What of it keeps the enquiry open."""
        return wrong(
            enquiry_suspended=any(end is None for _, end in self.suspensions.values()),
            caused_enquiry_unanswered=not all(one.answered for one in self.caused.values()),
            police_enquiry_goes_first=any(
                one.goes_first and one.taken_up and not one.over for one in self.referrals.values()
            ),
        )

    def cause(self, said: Said, started_at: datetime) -> Answer:
        """Another body is to make enquiries."""
        if said["caused_at"] < started_at:
            return refused("caused_at_too_early")
        self.caused[said["cause_id"]] = Caused(said["caused_at"], said["due_on"])
        return TAKEN

    def chase(self, said: Said) -> Answer:
        """The council asks where it is, and may set another day."""
        caused = self.caused.get(said["cause_id"])
        if caused is None:
            return LATER
        if said["chased_at"] < caused.caused_at:
            return refused("chased_at_too_early")
        if said["due_on"] is not None:
            caused.days.append((said["chased_at"], said["chased_by"], said["due_on"]))
        return TAKEN

    def answer_cause(self, said: Said) -> Answer:
        """It has answered, to the council's satisfaction or not; if not it is due again, in a week or when they say."""
        caused = self.caused.get(said["cause_id"])
        if caused is None:
            return LATER
        at, due_on = said["returned_at"], said["due_on"]
        if at < caused.caused_at:
            return refused("returned_at_too_early")
        if not said["satisfactory"]:
            due_on = due_on or day(at) + _DUE_AGAIN
            caused.days.append((at, said["recorded_by"], due_on))
        content = str((said["recorded_by"], due_on, said["satisfactory"], said["reason"]))
        caused.answers.append((at, content, said["satisfactory"]))
        return TAKEN

    def suspend(self, said: Said, started_at: datetime) -> Answer:
        """Work waits, after every other suspension has ended."""
        begin = said["suspended_at"]
        if begin < started_at:
            return refused("suspended_at_too_early")
        if any(end is None or end > begin for _, end in self.suspensions.values()):
            return refused("already_suspended")
        self.suspensions[said["suspension_id"]] = (begin, None)
        return TAKEN

    def resume(self, said: Said) -> Answer:
        """Work goes on."""
        if said["suspension_id"] not in self.suspensions:
            return LATER
        begin, end = self.suspensions[said["suspension_id"]]
        if end is not None or said["resumed_at"] < begin:
            return refused("already_resumed" if end is not None else "resumed_at_too_early")
        self.suspensions[said["suspension_id"]] = (begin, said["resumed_at"])
        return TAKEN

    def refer(self, said: Said) -> Answer:
        """The matter goes elsewhere too."""
        self.referrals[said["referral_id"]] = Referral(said["referred_at"], said["goes_first"])
        return TAKEN

    def answer_referral(self, said: Said) -> Answer:
        """Whether it is taken up; or that what was taken up is over."""
        referral = self.referrals.get(said["referral_id"])
        if referral is None:
            return LATER
        return (_end if said["answer"] == "ended" else _take_up)(referral, said)


def _take_up(referral: Referral, said: Said) -> Answer:
    if referral.taken_up is not None:
        return refused("referral_answered")
    if said["answered_at"] < referral.referred_at:
        return refused("answered_at_too_early")
    referral.taken_up, referral.answered_at = said["answer"] == "accepted", said["answered_at"]
    return TAKEN


def _end(referral: Referral, said: Said) -> Answer:
    if referral.answered_at is None:
        return LATER
    if not referral.taken_up or referral.over:
        return refused("referral_answered")
    if said["answered_at"] < referral.answered_at:
        return refused("answered_at_too_early")
    referral.over = True
    return TAKEN


def against(kind: str, said: Said) -> set[str]:
    """What is against a record of an enquiry's course by itself, whatever the enquiry."""
    match kind:
        case "caused":
            undecided = said["under_suspicion"] == "yes" and said["conflict_decided_by"] is None
            return wrong(conflict_decision_missing=undecided) | _due_before(said, "caused_at")
        case "caused-chased":
            return _due_before(said, "chased_at")
        case "caused-returned":
            return _due_before(said, "returned_at") | wrong(
                reason_missing=not said["satisfactory"] and said["reason"] is None,
                due_on_contradicts=said["satisfactory"] and said["due_on"] is not None,
            )
        case "referral-made":
            return wrong(goes_first_without_police=said["goes_first"] and said["to"] != "police")
        case _:
            return set()


def _due_before(said: Said, then: str) -> set[str]:
    return wrong(due_on_too_early=said["due_on"] is not None and said["due_on"] < day(said[then]))
