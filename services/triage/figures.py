"""The practice figures of triage, read from its cases. $1 is the instant they are asked for.

A concern is undecided until a decision on it is approved, and again where the authority it was sent to declined; what
it waits for is as in `services.triage.awaiting`. One that was withdrawn as recorded in error is in no figure. Ages are
counted in civil months in London: over after so many months from 00:00 on the day after the same day of the month
(design section 4, rule 10), as in `shared.kernel.civil.over_after_months`.
"""

from services.triage.cases import Awaiting
from shared.chassis.service import Gauge

_RECEIVED_AT = "(body->>'received_at')::timestamptz"
_CONCERN = "body->>'type' = 'concern'"
_WAITING = tuple(f"'{stage}'" for stage in Awaiting if stage is not Awaiting.NOTHING)
_STAGE = f"coalesce(body->>'awaiting', '{Awaiting.DECISION}')"
_UNDECIDED = f"{_STAGE} IN ('{Awaiting.DECISION}', '{Awaiting.APPROVAL}')"


def _over_after(months: int) -> str:
    received = f"({_RECEIVED_AT} AT TIME ZONE 'Europe/London')::date"
    today = "($1::timestamptz AT TIME ZONE 'Europe/London')::date"
    return f"({received} + interval '{months} months')::date < {today}"


OPEN_CONCERNS = Gauge(
    name="safeguarding_open_concerns",
    says="Concerns that wait for somebody, by what they wait for and by age in calendar months.",
    labels=("stage", "band"),
    query=f"""
        SELECT stage, band, count(concern)
        FROM unnest(ARRAY[{", ".join(_WAITING)}]) AS stages (stage)
        CROSS JOIN (VALUES ('0-3'), ('3-6'), ('over-6')) AS bands (band)
        LEFT JOIN (
            SELECT
                key AS concern,
                {_STAGE} AS stage,
                CASE WHEN {_over_after(6)} THEN 'over-6'
                    WHEN {_over_after(3)} THEN '3-6' ELSE '0-3' END AS band
            FROM cases
            WHERE {_CONCERN} AND {_STAGE} <> '{Awaiting.NOTHING}'
        ) AS open USING (stage, band)
        GROUP BY stage, band
    """,
)
OLDEST_OPEN_CONCERN = Gauge(
    name="safeguarding_oldest_open_concern_seconds",
    says="How long the longest undecided concern has been without an approved decision; 0 when none is undecided.",
    labels=(),
    query=f"""
        SELECT coalesce(extract(epoch FROM $1::timestamptz - min({_RECEIVED_AT})), 0)::float8
        FROM cases
        WHERE {_CONCERN} AND {_UNDECIDED}
    """,
)
CONCERNS_DECIDED = Gauge(
    name="safeguarding_concerns_decided",
    says="Concerns whose decision is approved, by the decision in force: together the base of the conversions.",
    labels=("decision",),
    query=f"""
        SELECT decision, count(concern)
        FROM (VALUES ('s42_met'), ('other_enquiry'), ('not_met'), ('sent_to_other_authority'), ('duplicate'))
            AS decisions (decision)
        LEFT JOIN (
            SELECT key AS concern, body->>'outcome' AS decision
            FROM cases
            WHERE {_CONCERN}
        ) AS decided USING (decision)
        GROUP BY decision
    """,
)
CONVERSIONS = Gauge(
    name="safeguarding_conversions",
    says="Concerns converted to a Section 42 enquiry: a numerator, whose base is the concerns decided.",
    labels=(),
    query=f"""
        SELECT count(*)
        FROM cases
        WHERE {_CONCERN} AND body->>'outcome' = 's42_met'
    """,
)
REPEAT_REVIEWS_NOTICED = Gauge(
    name="safeguarding_repeat_reviews_noticed",
    says="Repeat reviews that practitioners who open a concern are told are under way.",
    labels=(),
    query="""
        SELECT count(DISTINCT review)
        FROM cases
        CROSS JOIN LATERAL json_array_elements_text(body->'open_reviews') AS open (review)
        WHERE body->>'type' = 'adult'
    """,
)

GAUGES = (OPEN_CONCERNS, OLDEST_OPEN_CONCERN, CONCERNS_DECIDED, CONVERSIONS, REPEAT_REVIEWS_NOTICED)
