"""Making Safeguarding Personal: what the adult wants, and how far they got it."""

from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import Field

from shared.contracts.doors.enquiry_record import EnquiryRecord
from shared.kernel.event import Value
from shared.kernel.fields import Code, Instant, PersonalText


class AskedOf(StrEnum):
    """Whose word the desired outcomes are."""

    ADULT = "adult"
    ADVOCATE = "advocate"
    REPRESENTATIVE = "representative"


class MspAnswer(StrEnum):
    """Whether the adult was asked what they want (the national return's SG4a, kept apart from "not recorded")."""

    EXPRESSED = "expressed"
    NONE_EXPRESSED = "none_expressed"
    NOT_ASKED = "not_asked"
    DONT_KNOW = "dont_know"


class DesiredOutcome(Value):
    """What the adult wants, in their own words, under an id of the recording system."""

    outcome_id: Code
    words: PersonalText


class Moment(StrEnum):
    """When in an enquiry the adult was asked: it is asked at the start and again at the end (domain 4)."""

    START = "start"
    REVIEW = "review"
    END = "end"


class OutcomesAsked(EnquiryRecord):
    """The adult, or who speaks for them, was asked what they want from the enquiry; or why they were not."""

    type: ClassVar[str] = "safeguarding.enquiry.outcomes-asked.v1"
    sentence: ClassVar[str] = "{recorded_by} records, for enquiry {enquiry_id}, what the adult wants: {answer}"

    answer: MspAnswer
    asked_of: AskedOf | None = None
    reason_not_asked: Code | None = None
    outcomes: Annotated[tuple[DesiredOutcome, ...], Field(max_length=50)] = ()
    moment: Moment | None = None
    asked_at: Instant
    recorded_by: Code


class Achievement(StrEnum):
    """How far a desired outcome was achieved."""

    FULLY = "fully"
    PARTIALLY = "partially"
    NOT = "not"


class OutcomeAchieved(Value):
    """How far one desired outcome was achieved."""

    outcome_id: Code
    achieved: Achievement


class OutcomesAssessed(EnquiryRecord):
    """At the end, of whom it was asked how far each desired outcome was achieved."""

    type: ClassVar[str] = "safeguarding.enquiry.outcomes-assessed.v1"
    sentence: ClassVar[str] = "{recorded_by} records, for enquiry {enquiry_id}, what was achieved"

    achieved: Annotated[tuple[OutcomeAchieved, ...], Field(min_length=1, max_length=50)]
    asked_of: AskedOf
    assessed_at: Instant
    recorded_by: Code
