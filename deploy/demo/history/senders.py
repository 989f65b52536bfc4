"""Who tells the council, in which way, at which hours, and how they name the person. All shares are invented.

Seed 003:3657-3661 gives the ways in: the front door, the customer service team, the hospital team, a practitioner.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random

from deploy.demo.history.distributions import Shares
from deploy.demo.history.draw import likely


@dataclass(frozen=True, slots=True)
class Sender:
    """One system that reports. `nhs` and `reference` are how often it knows either for a person.

    `sources` are who tells it; `weekend` is how much of a weekday it sends on Saturday and Sunday; `round_the_clock`
    says that it also reports at night. `share` is of all concerns; `converts` weighs how often section 42 is met.
    """

    code: str
    event_source: str
    prefix: str
    channel: str
    sources: Shares
    share: float
    nhs: float
    reference: float
    converts: float = 1.0
    weekend: float = 0.15
    round_the_clock: bool = False
    provider: str | None = None


CARE_HOMES = ("Aldermere House", "Birch Holt", "Cedar Quay", "Dove Meadow", "Elm Lodge", "Fernhollow", "Gorse View",
    "Hawthorn Rise", "Ivy Bank", "Juniper Hall", "Kingcup House", "Lilac Court")  # fmt: skip
HOME_CARE = ("Amber Home Support", "Bluebell at Home", "Caraway Care", "Daybreak Visits", "Eventide Support")


def _home(name: str) -> Sender:
    code = name.lower().replace(" ", "-")
    return Sender(
        code, f"/care-homes/{code}", f"CH{name[0]}", "system", {"care_home": 1.0}, 0.17 / len(CARE_HOMES), 0.55, 0.75,
        1.5, 0.45, provider=name,
    )  # fmt: skip


def _home_care(name: str) -> Sender:
    code = name.lower().replace(" ", "-")
    return Sender(
        code, f"/home-care/{code}", f"HC{name[0]}", "system", {"home_care": 1.0}, 0.11 / len(HOME_CARE), 0.45, 0.8,
        1.4, 0.4, provider=name,
    )  # fmt: skip


# fmt: off
SENDERS = (
    Sender("ambulance", "/ambulance/patient-records", "AMB", "system", {"ambulance": 1.0}, 0.17, 0.80, 0.85, 0.5,
           1.1, round_the_clock=True),
    Sender("hospital", "/hospital/wards", "HOS", "hospital_team", {"hospital_staff": 1.0}, 0.12, 0.96, 0.9, 1.2, 0.6,
           round_the_clock=True),
    Sender("police", "/police/vulnerability-unit", "POL", "system", {"police": 1.0}, 0.10, 0.04, 0.92, 0.7, 1.0,
           round_the_clock=True),
    Sender("mental-health-trust", "/mental-health-trust/records", "MHT", "system", {"mental_health_staff": 1.0}, 0.05,
           0.93, 0.95, 1.0, 0.3),
    Sender("front-door", "/council/front-door", "ASC", "adult_social_care_direct",
           {"family_or_friend": 0.34, "primary_care": 0.16, "community_health": 0.16, "adult": 0.12,
            "member_of_public": 0.10, "voluntary": 0.06, "other": 0.04, "not_known": 0.02}, 0.16, 0.35, 0.72, 1.0, 0.1),
    Sender("contact-centre", "/council/contact-centre", "CON", "customer_service",
           {"family_or_friend": 0.42, "member_of_public": 0.28, "adult": 0.18, "not_known": 0.12}, 0.05, 0.08, 0.40,
           0.8, 0.12),
    Sender("casework", "/council/casework", "PRA", "practitioner", {"council_staff": 1.0}, 0.04, 0.7, 0.97, 1.6, 0.02),
    Sender("housing-association", "/housing/association", "HOU", "system", {"housing": 1.0}, 0.025, 0.03, 0.85, 0.8,
           0.05),
    Sender("fire-service", "/fire/safe-and-well", "FIR", "system", {"fire": 1.0}, 0.01, 0.02, 0.5, 0.4, 0.9,
           round_the_clock=True),
    *(_home(name) for name in CARE_HOMES),
    *(_home_care(name) for name in HOME_CARE),
)
# fmt: on
BY_CODE = {sender.code: sender for sender in SENDERS}
HOMES = tuple(sender for sender in SENDERS if "care_home" in sender.sources)
_SHARES = [sender.share for sender in SENDERS]
_SATURDAY = 5


def any_sender(rng: Random) -> Sender:
    """A sender, by how much each sends."""
    return rng.choices(SENDERS, weights=_SHARES)[0]


def sent_at(rng: Random, sender: Sender, first: date, last: date) -> datetime:
    """When a sender sends: any day between the two, fewer at weekends, at night only where somebody works then."""
    days = (last - first).days + 1
    while True:
        day = first + timedelta(days=rng.randrange(days))
        if day.weekday() < _SATURDAY or rng.random() < sender.weekend:
            break
    if sender.round_the_clock and likely(rng, 0.5):
        second = rng.randrange(4 * 3600, 24 * 3600)
    else:
        second = int(rng.triangular(8.2, 18.5, 13.0) * 3600)
    return datetime.combine(day, time()) + timedelta(seconds=second)
