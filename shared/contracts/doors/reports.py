"""The front door: what anybody may tell the council, however little of it they know."""

from enum import StrEnum
from functools import cached_property
from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import Field

from shared.contracts.doors.answers import Answer
from shared.contracts.doors.identities import concern_id_of
from shared.contracts.doors.risks import AbuseType, AllegedRisk, Provider
from shared.kernel.event import Event, Value
from shared.kernel.fields import PERSONAL, Code, Day, PersonalDay, PersonalName, PersonalText, PersonalWords, Reference


class Source(StrEnum):
    """What kind of person or body told the council (seed 003:3657-3661 for those that decide the route)."""

    ADULT = "adult"
    FAMILY_OR_FRIEND = "family_or_friend"
    MEMBER_OF_PUBLIC = "member_of_public"
    AMBULANCE = "ambulance"
    POLICE = "police"
    FIRE = "fire"
    HOSPITAL_STAFF = "hospital_staff"
    MENTAL_HEALTH_STAFF = "mental_health_staff"
    PRIMARY_CARE = "primary_care"
    COMMUNITY_HEALTH = "community_health"
    CARE_HOME = "care_home"
    HOME_CARE = "home_care"
    HOUSING = "housing"
    VOLUNTARY = "voluntary"
    COUNCIL_STAFF = "council_staff"
    OTHER = "other"
    NOT_KNOWN = "not_known"


class Channel(StrEnum):
    """The way a concern came in (seed 003:3657)."""

    ADULT_SOCIAL_CARE_DIRECT = "adult_social_care_direct"
    CUSTOMER_SERVICE = "customer_service"
    HOSPITAL_TEAM = "hospital_team"
    PRACTITIONER = "practitioner"
    SYSTEM = "system"


class Basis(StrEnum):
    """How safeguarding shows in a contact; all three are fast-tracked (seed 003:3457)."""

    STATED = "stated"
    INDICATED = "indicated"
    IMPLIED = "implied"


class Gender(StrEnum):
    """As the adult describes it, or as the national return's table SG1b asks for it."""

    FEMALE = "female"
    MALE = "male"
    OTHER = "other"
    NOT_KNOWN = "not_known"


class Ethnicity(StrEnum):
    """The groups of the national return's table SG1c; refusing to say differs from never having been asked."""

    WHITE = "white"
    MIXED = "mixed"
    ASIAN = "asian"
    BLACK = "black"
    OTHER = "other"
    REFUSED = "refused"
    NOT_KNOWN = "not_known"


class SupportReason(StrEnum):
    """Why an adult mainly needs support (the national return's table SG1d)."""

    PHYSICAL = "physical"
    SENSORY = "sensory"
    MEMORY_AND_COGNITION = "memory_and_cognition"
    LEARNING_DISABILITY = "learning_disability"
    MENTAL_HEALTH = "mental_health"
    SOCIAL = "social"
    NONE = "none"
    NOT_KNOWN = "not_known"


class Adult(Value):
    """What the referrer knows of the adult at risk: perhaps only "the man in room 4"."""

    person_reference: PersonalName | None = None
    nhs_number: PersonalName | None = None
    name: PersonalName | None = None
    birth_date: PersonalDay | None = None
    address: PersonalName | None = None
    description: PersonalText | None = None
    gender: Annotated[Gender, Field(json_schema_extra=PERSONAL)] | None = None
    ethnicity: Annotated[Ethnicity, Field(json_schema_extra=PERSONAL)] | None = None
    support_reason: Annotated[SupportReason, Field(json_schema_extra=PERSONAL)] | None = None
    preferred_language: Annotated[Code, Field(json_schema_extra=PERSONAL)] | None = None
    interpreter_needed: Annotated[Answer, Field(json_schema_extra=PERSONAL)] | None = None


class Place(Value):
    """The home, ward or other place a concern is about, when it is about one."""

    name: PersonalName | None = None
    address: PersonalName | None = None


class Referrer(Value):
    """Who told the council; a report without one is anonymous, and as good."""

    name: PersonalName | None = None
    organisation: PersonalName | None = None
    contact: PersonalName | None = None


class Authorities(Value):
    """The councils a concern touches: the adult's own, the one that placed them, and where the harm was done."""

    home: Code | None = None
    placing: Code | None = None
    host: Code | None = None


class SetAside(Value):
    """Something that its sender meant to say and no field holds: what they wrote, and for which field."""

    where: Code
    said: PersonalWords


class ConcernReported(Event):
    """Somebody tells the council that an adult may be at risk of abuse or neglect.

    A concern may be partial, anonymous and without consent (design section 4, rule 2). What cannot be accepted is one
    that describes no person, no place and no provider, or a person known to be under 18. Sender and reference make it
    the concern that it is; a report without them is given some. Whatever else is not in this form is read as what it
    can only mean, or set aside for a person, and remarked on in its receipt, as is what is wrong with its envelope.
    `reference_as_sent` is the reference in its sender's own writing, where that has not the form of one.
    """

    type: ClassVar[str] = "safeguarding.concern.reported.v1"
    topic: ClassVar[str] = "concern-reports"
    key_field: ClassVar[str] = "door_key"
    forgiving: ClassVar[bool] = True
    subject_field: ClassVar[str] = "concern_id"
    sentence: ClassVar[str] = "{sender} reports a concern under its reference {reference}, told by {source}"

    sender: Code
    reference: Reference
    source: Source = Source.NOT_KNOWN
    channel: Channel = Channel.SYSTEM
    basis: Basis = Basis.STATED
    urgent: bool = False
    known_to_mental_health_team: Answer = Answer.NOT_KNOWN
    practitioner_team: Code | None = None
    adult: Adult | None = None
    place: Place | None = None
    referrer: Referrer | None = None
    happened_on: Day | None = None
    abuse_types: Annotated[tuple[AbuseType, ...], Field(max_length=11)] = ()
    risks: Annotated[tuple[AllegedRisk, ...], Field(max_length=20)] = ()
    provider: Provider | None = None
    authorities: Authorities | None = None
    consents_to_report: Answer | None = None
    aware_of_report: Answer | None = None
    narrative: PersonalText | None = None
    reference_as_sent: PersonalName | None = None
    set_aside: tuple[SetAside, ...] = ()

    @cached_property
    def concern_id(self) -> UUID:
        """The id this concern has, or will have."""
        return concern_id_of(self.sender, self.reference)

    @property
    def called(self) -> str:
        """The reference as its sender knows it."""
        return self.reference_as_sent or self.reference

    @property
    def door_key(self) -> str:
        """Sender and reference together: what a report is keyed by."""
        return f"{self.sender}/{self.reference}"
