"""The local policy as data: teams and their precedence, office hours, targets, who may approve (design 4, rule 1)."""

from dataclasses import dataclass
from datetime import date, time

from shared.contracts import local_policy
from shared.contracts.doors import Basis, Channel, Source


@dataclass(frozen=True, slots=True)
class Rule:
    """Who gets a concern that fits: any one of the sources, channels or signs named here is enough.

    A rule without a team gives the concern to the practitioner's own team, and fits only where that is known.
    """

    name: str
    team: str | None
    sources: frozenset[Source] = frozenset()
    channels: frozenset[Channel] = frozenset()
    known_to_mental_health_team: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class OfficeHours:
    """When the council's office is open, in London's civil time.

    `closes` begins with Monday; a weekday beyond its end is closed all day. `also_closed` are days that the
    calendar of bank holidays does not know of. Compared by identity, so that answers are cheap to remember.
    """

    opens: time
    closes: tuple[time, ...]
    country: str
    subdivision: str
    also_closed: frozenset[date] = frozenset()


@dataclass(frozen=True, slots=True)
class Policy:
    """One version of the local policy, which everything decided under it names.

    Rules are tried in order, and who fits none goes to `otherwise`. `teams` may be handed a concern. Who may approve
    and how soon a concern is decided are those of every service (`local_policy`). A target is None where the council
    has set itself none: there is no statutory clock (domain 3.1).
    """

    version: str
    rules: tuple[Rule, ...]
    otherwise: Rule
    fast_track: frozenset[Basis]
    hours: OfficeHours
    approver_roles: frozenset[str]
    teams: frozenset[str]
    decision_target_hours: int | None = None
    screening_target_working_days: int | None = None


COVENTRY_2024_1 = Policy(
    version="coventry-2024-1",
    rules=(
        # Seed 003:3661: progressed by the social workers seconded to the NHS trust.
        Rule(
            name="mental_health",
            team="mental_health",
            sources=frozenset({Source.MENTAL_HEALTH_STAFF}),
            known_to_mental_health_team=True,
        ),
        # Seed 003:3659: hospital staff and the ambulance service; 003:3534: all ambulance concerns.
        Rule(
            name="hospital",
            team="hospital",
            sources=frozenset({Source.HOSPITAL_STAFF, Source.AMBULANCE}),
            channels=frozenset({Channel.HOSPITAL_TEAM}),
        ),
        # Seed 003:3657: directly to a practitioner undertaking direct casework.
        Rule(name="practitioner", team=None, channels=frozenset({Channel.PRACTITIONER})),
    ),
    # Seed 003:3659: referrals relating to the community.
    otherwise=Rule(name="intake", team="intake"),
    # Seed 003:3457: stated, indicated or implied, all are fast-tracked.
    fast_track=frozenset(Basis),
    # Seed 003:2516: after 5pm Monday to Thursday, 4.30pm on Friday and through the weekend. The opening at
    # nine and the bank holidays are a local setting: the sources give neither (domain 3.5).
    hours=OfficeHours(
        opens=time(9),
        closes=(time(17), time(17), time(17), time(17), time(16, 30)),
        country="GB",
        subdivision="ENG",
    ),
    approver_roles=local_policy.COVENTRY_2024_1.approver_roles,
    # Seed 003:707-743, 2516, 3659-3661: the teams that the documents name as working with adults.
    teams=frozenset(
        {
            "all_age_disabilities",
            "duty",
            "emergency_duty",
            "hospital",
            "initial_contact",
            "intake",
            "local_integrated",
            "mental_health",
            "occupational_therapy",
            "older_people",
            "promoting_independence",
        }
    ),
    decision_target_hours=local_policy.COVENTRY_2024_1.decision_target_hours,
    # Domain 3.4 suggests one working day; the sources give no limit.
    screening_target_working_days=1,
)
"""Coventry's policy as of April 2024."""
VERSIONS = local_policy.Versions(COVENTRY_2024_1)
