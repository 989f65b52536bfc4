"""Enquiry's practice figures, read from its cases. $1 is the instant they are asked for.

What the council publishes of enquiries is about those of section 42: other safeguarding enquiries are counted apart
(seed 003:882-910; domain 1.3). A withdrawn enquiry counts as never started.

A ratio is two figures, its numerator and its base. Ages are counted in civil months in London, as in
`shared.kernel.civil.months_band`: three months included in the first band, and over six from 00:00 on the
day after (design section 4, rule 10).
"""

from shared.chassis.service import Gauge

_STARTED_AT = "(body->>'started_at')::timestamptz"
_CONCLUDED_AT = "(body->'concluded'->>'concluded_at')::timestamptz"
_NOW = "$1::timestamptz"
_ENQUIRY = "body->>'type' = 'enquiry' AND body->'withdrawn_at' IS NULL"
_SECTION_42 = f"{_ENQUIRY} AND coalesce(body->>'kind', 'section_42') = 'section_42'"
_OTHER = f"{_ENQUIRY} AND body->>'kind' = 'other'"
_NOT_CONCLUDED = "body->'concluded' IS NULL"
_OPEN = f"{_SECTION_42} AND {_NOT_CONCLUDED}"
_CONCLUDED = f"{_SECTION_42} AND body->'concluded' IS NOT NULL"
_EXPRESSED = f"{_CONCLUDED} AND body->'concluded'->>'asked' = 'expressed'"
_SUSPENDED = """EXISTS (
    SELECT FROM json_array_elements(body->'course'->'suspensions') AS suspension
    WHERE suspension->'resumed_at' IS NULL
)"""
_LAST_PROPOSAL = "body->'proposals'->-1->>'closure_id'"
_PROPOSAL_STANDS = f"""({_LAST_PROPOSAL} IS NOT NULL AND NOT EXISTS (
    SELECT FROM json_array_elements(body->'returned') AS returned
    WHERE returned->>'closure_id' = {_LAST_PROPOSAL}
) AND NOT EXISTS (
    SELECT FROM json_array_elements(body->'reopenings') AS reopening
    WHERE reopening->'undone'->>'closure_id' = {_LAST_PROPOSAL}
) AND NOT EXISTS (
    SELECT FROM json_array_elements(body->'set_aside') AS undone
    WHERE undone->>'closure_id' = {_LAST_PROPOSAL}
))"""
_STAGE = f"""CASE
    WHEN {_SUSPENDED} THEN 'suspended'
    WHEN {_PROPOSAL_STANDS} THEN 'closure_proposed'
    WHEN body->'asked' IS NOT NULL THEN 'asked'
    WHEN body->'findings'->'plans' IS NOT NULL THEN 'plan_made'
    WHEN body->'findings'->'planning' IS NOT NULL THEN 'planned'
    WHEN body->'course'->'assignments' IS NOT NULL THEN 'assigned'
    ELSE 'opened'
END"""
_STAGES = """(VALUES
    ('opened'), ('assigned'), ('planned'), ('plan_made'), ('asked'), ('closure_proposed'), ('suspended')
) AS stages (stage)"""
_BANDS = "(VALUES ('0-3'), ('3-6'), ('over-6')) AS bands (band)"


def _over_after(months: int, at: str) -> str:
    last_day = f"(({_STARTED_AT} AT TIME ZONE 'Europe/London')::date + interval '{months} months')::date"
    return f"{at} >= ({last_day} + 1)::timestamp AT TIME ZONE 'Europe/London'"


def _band(at: str) -> str:
    return f"CASE WHEN {_over_after(6, at)} THEN 'over-6' WHEN {_over_after(3, at)} THEN '3-6' ELSE '0-3' END"


def _count(name: str, says: str, where: str) -> Gauge:
    return Gauge(name=name, says=says, labels=(), query=f"SELECT count(*) FROM cases WHERE {where}")


OPEN_ENQUIRIES = Gauge(
    name="safeguarding_open_enquiries",
    says="Section 42 enquiries not concluded, by how far they are and by age in calendar months.",
    labels=("stage", "band"),
    query=f"""
        SELECT stage, band, count(enquiry)
        FROM {_STAGES}
        CROSS JOIN {_BANDS}
        LEFT JOIN (
            SELECT key AS enquiry, {_STAGE} AS stage, {_band(_NOW)} AS band FROM cases WHERE {_OPEN}
        ) AS open USING (stage, band)
        GROUP BY stage, band
    """,
)
OLDEST_OPEN_ENQUIRY = Gauge(
    name="safeguarding_oldest_open_enquiry_seconds",
    says="How long the longest open enquiry has been open; 0 when none is.",
    labels=(),
    query=f"""
        SELECT coalesce(extract(epoch FROM {_NOW} - min({_STARTED_AT})), 0)::float8
        FROM cases
        WHERE {_OPEN}
    """,
)
OVER_SIX_MONTHS = _count(
    "safeguarding_open_enquiries_over_six_months",
    "Enquiries open for more than six calendar months (seed 003:3464).",
    f"{_OPEN} AND {_over_after(6, _NOW)}",
)
CONCLUDED_ENQUIRIES = Gauge(
    name="safeguarding_concluded_enquiries",
    says="Enquiries concluded, by the calendar months they were open (seed 003:900).",
    labels=("band",),
    query=f"""
        SELECT band, count(enquiry)
        FROM {_BANDS}
        LEFT JOIN (
            SELECT key AS enquiry, {_band(_CONCLUDED_AT)} AS band FROM cases WHERE {_CONCLUDED}
        ) AS concluded USING (band)
        GROUP BY band
    """,
)
ASKED = _count(
    "safeguarding_msp_asked",
    "Concluded enquiries whose adult was asked what they want, whether or not they said (seed 003:904).",
    f"{_CONCLUDED} AND body->'concluded'->>'asked' IN ('expressed', 'none_expressed')",
)
ASKED_BASE = _count(
    "safeguarding_msp_asked_base", "Concluded enquiries: the base of those whose adult was asked.", _CONCLUDED
)
ACHIEVED = Gauge(
    name="safeguarding_msp_achieved",
    says="Concluded enquiries whose adult said what they want, by how far it was achieved (seed 003:910).",
    labels=("achieved",),
    query=f"""
        SELECT achieved, count(enquiry)
        FROM (VALUES ('fully'), ('partially'), ('not'), ('not_recorded')) AS degrees (achieved)
        LEFT JOIN (
            SELECT key AS enquiry, coalesce(body->'concluded'->>'achieved', 'not_recorded') AS achieved
            FROM cases
            WHERE {_EXPRESSED}
        ) AS expressed USING (achieved)
        GROUP BY achieved
    """,
)
ACHIEVED_BASE = _count(
    "safeguarding_msp_achieved_base",
    "Concluded enquiries whose adult said what they want: the base of those achieved.",
    _EXPRESSED,
)

OPEN_OTHER_ENQUIRIES = Gauge(
    name="safeguarding_open_other_enquiries",
    says="Other safeguarding enquiries not concluded, by age in calendar months.",
    labels=("band",),
    query=f"""
        SELECT band, count(enquiry)
        FROM {_BANDS}
        LEFT JOIN (
            SELECT key AS enquiry, {_band(_NOW)} AS band FROM cases WHERE {_OTHER} AND {_NOT_CONCLUDED}
        ) AS open USING (band)
        GROUP BY band
    """,
)
WORK_WITHOUT_ENQUIRY = _count(
    "safeguarding_work_without_enquiry",
    "Enquiries for which work has been recorded for a day and more, and none has been opened (seed 003:3697).",
    "body->>'type' = 'early_work' AND body->'stated_at' IS NOT NULL",
)

GAUGES = (
    OPEN_ENQUIRIES,
    OLDEST_OPEN_ENQUIRY,
    OVER_SIX_MONTHS,
    OPEN_OTHER_ENQUIRIES,
    WORK_WITHOUT_ENQUIRY,
    CONCLUDED_ENQUIRIES,
    ASKED,
    ASKED_BASE,
    ACHIEVED,
    ACHIEVED_BASE,
)
