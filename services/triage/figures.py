"""The practice figures of triage, read from its cases. $1 is the instant they are asked for.

A concern is open until a decision on it is approved. Ages are counted in civil months in London: over after
so many months from 00:00 on the day after the same day of the month (design section 4, rule 10), as in
`shared.kernel.civil.over_after_months`.
"""

from shared.chassis.service import Gauge

_RECEIVED_AT = "(body->>'received_at')::timestamptz"
_APPROVED = "body->'approval'->>'approved_at' IS NOT NULL"
_CONCERN = "body->>'type' = 'concern'"


def _over_after(months: int) -> str:
    received = f"({_RECEIVED_AT} AT TIME ZONE 'Europe/London')::date"
    today = "($1::timestamptz AT TIME ZONE 'Europe/London')::date"
    return f"({received} + interval '{months} months')::date < {today}"


OPEN_CONCERNS = Gauge(
    name="safeguarding_open_concerns",
    says="Concerns without an approved decision, by what they wait for and by age in calendar months.",
    labels=("stage", "band"),
    query=f"""
        SELECT stage, band, count(concern)
        FROM (VALUES ('awaiting_decision'), ('awaiting_approval')) AS stages (stage)
        CROSS JOIN (VALUES ('0-3'), ('3-6'), ('over-6')) AS bands (band)
        LEFT JOIN (
            SELECT
                key AS concern,
                CASE WHEN body->'decisions'->0 IS NULL
                    THEN 'awaiting_decision' ELSE 'awaiting_approval' END AS stage,
                CASE WHEN {_over_after(6)} THEN 'over-6'
                    WHEN {_over_after(3)} THEN '3-6' ELSE '0-3' END AS band
            FROM cases
            WHERE {_CONCERN} AND NOT {_APPROVED}
        ) AS open USING (stage, band)
        GROUP BY stage, band
    """,
)
OLDEST_OPEN_CONCERN = Gauge(
    name="safeguarding_oldest_open_concern_seconds",
    says="How long the longest open concern has been without an approved decision; 0 when none is open.",
    labels=(),
    query=f"""
        SELECT coalesce(extract(epoch FROM $1::timestamptz - min({_RECEIVED_AT})), 0)::float8
        FROM cases
        WHERE {_CONCERN} AND NOT {_APPROVED}
    """,
)
CONCERNS_DECIDED = Gauge(
    name="safeguarding_concerns_decided",
    says="Concerns whose decision is approved, by decision: together the base of the conversions.",
    labels=("decision",),
    query=f"""
        SELECT decision, count(concern)
        FROM (VALUES ('s42_met'), ('other_enquiry'), ('not_met'), ('sent_to_other_authority'), ('duplicate'))
            AS decisions (decision)
        LEFT JOIN (
            SELECT key AS concern, body->'decisions'->-1->>'decision' AS decision
            FROM cases
            WHERE {_CONCERN} AND {_APPROVED}
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
        WHERE {_CONCERN} AND {_APPROVED} AND body->'decisions'->-1->>'decision' = 's42_met'
    """,
)
REPEAT_REVIEWS_NOTICED = Gauge(
    name="safeguarding_repeat_reviews_noticed",
    says="Repeat reviews that practitioners who open a concern are told are under way.",
    labels=(),
    query="""
        SELECT coalesce(sum(json_array_length(body->'open_reviews')), 0)::bigint
        FROM cases
        WHERE body->>'type' = 'adult'
    """,
)

GAUGES = (OPEN_CONCERNS, OLDEST_OPEN_CONCERN, CONCERNS_DECIDED, CONVERSIONS, REPEAT_REVIEWS_NOTICED)
