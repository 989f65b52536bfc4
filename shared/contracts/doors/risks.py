"""What somebody is at risk of, where, and from whom: the lists of the national return (domain 2.2)."""

from enum import StrEnum
from uuid import UUID

from shared.contracts.doors.answers import Answer
from shared.kernel.event import Value
from shared.kernel.fields import PersonalName


class AbuseType(StrEnum):
    """The kinds of abuse and neglect of the Care Act statutory guidance and the national return (domain 2.2)."""

    PHYSICAL = "physical"
    SEXUAL = "sexual"
    PSYCHOLOGICAL = "psychological"
    FINANCIAL = "financial"
    DISCRIMINATORY = "discriminatory"
    ORGANISATIONAL = "organisational"
    NEGLECT = "neglect"
    DOMESTIC = "domestic"
    SEXUAL_EXPLOITATION = "sexual_exploitation"
    MODERN_SLAVERY = "modern_slavery"
    SELF_NEGLECT = "self_neglect"


class Location(StrEnum):
    """Where somebody is at risk: the nine places of the national return's table SG2b, and not knowing."""

    OWN_HOME = "own_home"
    COMMUNITY = "community"
    COMMUNITY_SERVICE = "community_service"
    CARE_HOME_NURSING = "care_home_nursing"
    CARE_HOME_RESIDENTIAL = "care_home_residential"
    HOSPITAL_ACUTE = "hospital_acute"
    HOSPITAL_MENTAL_HEALTH = "hospital_mental_health"
    HOSPITAL_COMMUNITY = "hospital_community"
    OTHER = "other"
    NOT_KNOWN = "not_known"


class SourceOfRisk(StrEnum):
    """From whom the risk comes, seen from the adult: finer than the national return's three, and rolled up to them.

    A service provider is anyone paid to give social care. Health staff and the council's own count among the
    others, known or unknown to the adult (domain 2.2).
    """

    SERVICE_PROVIDER = "service_provider"
    SELF = "self"
    RELATIVE_OR_CARER = "relative_or_carer"
    HEALTH_OR_COUNCIL_STAFF = "health_or_council_staff"
    OTHER_KNOWN = "other_known"
    OTHER_UNKNOWN = "other_unknown"
    NOT_KNOWN = "not_known"


class Provider(Value):
    """A provider of care that a concern touches, by the reference of its registration where that is known."""

    reference: PersonalName | None = None
    name: PersonalName | None = None
    commissioned: Answer = Answer.NOT_KNOWN


class AllegedSource(Value):
    """A person or body a risk is said to come from, as the sender knows them."""

    reference: PersonalName | None = None
    name: PersonalName | None = None
    also_an_adult_at_risk: Answer = Answer.NOT_KNOWN


class AllegedRisk(Value):
    """One risk as it was reported: of what, where, and from whom."""

    abuse_type: AbuseType
    location: Location = Location.NOT_KNOWN
    source_of_risk: SourceOfRisk = SourceOfRisk.NOT_KNOWN
    alleged_source: AllegedSource | None = None


class IdentifiedRisk(Value):
    """One risk as an enquiry found it, by the identities that intake gave to provider and source of risk."""

    abuse_type: AbuseType
    location: Location
    source_of_risk: SourceOfRisk
    provider_id: UUID | None = None
    source_id: UUID | None = None
