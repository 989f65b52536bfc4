"""What an enquiry waits for and cannot be closed over: other bodies' enquiries, the police, a suspension."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from deploy.recount.answers import LATER, NOTHING, TAKEN, Answer
from deploy.recount.civil import day

Said = dict[str, Any]
_DUE_AGAIN = timedelta(days=7)


@dataclass
class Caused:
    """Enquiries that another body was caused to make, and its answers, each with what settles two of one instant."""

    caused_at: datetime
    answers: list[tuple[datetime, str, bool]] = field(default_factory=list)

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

    def any_open(self) -> bool:
        """Whether anything is."""
        return (
            any(end is None for _, end in self.suspensions.values())
            or not all(one.answered for one in self.caused.values())
            or any(one.goes_first and one.taken_up and not one.over for one in self.referrals.values())
        )

    def cause(self, said: Said, started_at: datetime) -> Answer:
        """Another body is to make enquiries."""
        if said["cause_id"] in self.caused or said["caused_at"] < started_at:
            return NOTHING
        self.caused[said["cause_id"]] = Caused(said["caused_at"])
        return TAKEN

    def answer_cause(self, said: Said) -> Answer:
        """It has answered, to the council's satisfaction or not."""
        caused = self.caused.get(said["cause_id"])
        if caused is None:
            return LATER
        if said["returned_at"] < caused.caused_at:
            return NOTHING
        due_on = said["due_on"]
        if due_on is None and not said["satisfactory"]:
            due_on = day(said["returned_at"]) + _DUE_AGAIN
        content = str((said["recorded_by"], due_on, said["satisfactory"], said["reason"]))
        caused.answers.append((said["returned_at"], content, said["satisfactory"]))
        return TAKEN

    def suspend(self, said: Said, started_at: datetime) -> Answer:
        """Work waits, after every other suspension has ended."""
        begin = said["suspended_at"]
        if said["suspension_id"] in self.suspensions or begin < started_at:
            return NOTHING
        if any(end is None or end > begin for _, end in self.suspensions.values()):
            return NOTHING
        self.suspensions[said["suspension_id"]] = (begin, None)
        return TAKEN

    def resume(self, said: Said) -> Answer:
        """Work goes on."""
        if said["suspension_id"] not in self.suspensions:
            return LATER
        begin, end = self.suspensions[said["suspension_id"]]
        if end is not None or said["resumed_at"] < begin:
            return NOTHING
        self.suspensions[said["suspension_id"]] = (begin, said["resumed_at"])
        return TAKEN

    def refer(self, said: Said) -> Answer:
        """The matter goes elsewhere too."""
        if said["referral_id"] in self.referrals:
            return NOTHING
        self.referrals[said["referral_id"]] = Referral(said["referred_at"], said["goes_first"])
        return TAKEN

    def answer_referral(self, said: Said) -> Answer:
        """Whether it is taken up; or that what was taken up is over."""
        referral = self.referrals.get(said["referral_id"])
        if referral is None:
            return LATER
        at = said["answered_at"]
        if said["answer"] != "ended":
            if referral.taken_up is not None or at < referral.referred_at:
                return NOTHING
            referral.taken_up, referral.answered_at = said["answer"] == "accepted", at
            return TAKEN
        if referral.taken_up is None or referral.answered_at is None:
            return LATER
        if not referral.taken_up or referral.over or at < referral.answered_at:
            return NOTHING
        referral.over = True
        return TAKEN


def coherent(name: str, said: Said) -> bool:
    """Whether a record of an enquiry's course contradicts itself, whatever the enquiry."""
    match name:
        case "enquiry.caused":
            in_time = said["due_on"] >= day(said["caused_at"])
            return in_time and (said["under_suspicion"] != "yes" or said["conflict_decided_by"] is not None)
        case "enquiry.caused-returned":
            if said["satisfactory"]:
                return said["due_on"] is None
            in_time = said["due_on"] is None or said["due_on"] >= day(said["returned_at"])
            return in_time and said["reason"] is not None
        case "enquiry.referral-made":
            return not said["goes_first"] or said["to"] == "police"
        case _:
            return True
