"""Audit's practice figures, read from its cases. $1 is the instant they are asked for.

What is over six months is counted from the start of each thing, not from the flags, so that a flag that was
never raised shows as a difference between two figures.
"""

from enum import StrEnum

from services.audit.quality import Lack
from shared.chassis.service import Gauge
from shared.contracts.audit import AdvocacyGap

_KINDS = "(VALUES ('concern'), ('enquiry')) AS kinds (kind)"
_LAST_DAY = "(((one->>'started_at')::timestamptz AT TIME ZONE 'Europe/London')::date + interval '6 months')::date"
_OVER_SIX_MONTHS = f"$1::timestamptz >= ({_LAST_DAY} + 1)::timestamp AT TIME ZONE 'Europe/London'"


def _values(names: type[StrEnum], column: str) -> str:
    """A row for each, so that none that is nowhere goes unsaid."""
    rows = ", ".join(f"('{name}')" for name in names)
    return f"(VALUES {rows}) AS {column}s ({column})"


def _open_by_kind(name: str, says: str, where: str) -> Gauge:
    return Gauge(
        name=name,
        says=says,
        labels=("kind",),
        query=f"""
            SELECT kind, count(found)
            FROM {_KINDS}
            LEFT JOIN (
                SELECT one->>'kind' AS kind, one->>'open_id' AS found
                FROM cases, json_array_elements(body->'open') AS one
                WHERE one->'ended' IS NULL AND {where}
            ) AS open USING (kind)
            GROUP BY kind
        """,
    )


REPEAT_REVIEWS_OPEN = Gauge(
    name="safeguarding_repeat_reviews_open",
    says="Adults with more than three separate concerns within twelve months whose review is not done.",
    labels=(),
    query="SELECT count(*) FROM cases WHERE body->'review_ends' IS NOT NULL",
)
REPEAT_REVIEWS_DONE = Gauge(
    name="safeguarding_repeat_reviews_done",
    says="Repeat reviews that were done, each for safety planning (seed 003:3695).",
    labels=(),
    query="SELECT count(DISTINCT one->>'review_id') FROM cases, json_array_elements(body->'reviewed') AS one",
)
OVER_SIX_MONTHS = _open_by_kind(
    "safeguarding_open_over_six_months",
    "Undecided concerns and enquiries open for more than six calendar months (seed 003:3464).",
    _OVER_SIX_MONTHS,
)
DRIFT_FLAGGED = _open_by_kind(
    "safeguarding_drift_flagged",
    "What is open and has come to the Safeguarding Adults Coordinator, looked at or not.",
    "one->'flagged_at' IS NOT NULL",
)
DRIFT_AWAITING_LOOK = _open_by_kind(
    "safeguarding_drift_awaiting_look",
    "What is with the Safeguarding Adults Coordinator now, for a first or a further look.",
    "one->>'next_flag' IS NULL",
)

DECISIONS_OVERDUE = Gauge(
    name="safeguarding_decisions_overdue",
    says="Concerns past the local target for a decision, and not decided on.",
    labels=(),
    query="""
        SELECT count(*)
        FROM cases, json_array_elements(body->'open') AS one
        WHERE one->>'overdue_at' IS NOT NULL AND one->'ended' IS NULL
    """,
)
WORK_AT_CONCERN_STAGE = Gauge(
    name="safeguarding_work_at_concern_stage",
    says="Enquiries that are worked on and have not been opened (seed 003:3697).",
    labels=(),
    query="SELECT count(*) FROM cases WHERE body->>'type' = 'work'",
)
ADVOCACY_GAPS = Gauge(
    name="safeguarding_advocacy_gaps",
    says="Enquiries with an adult who lacks capacity, and nobody or family and friends alone beside them.",
    labels=("gap",),
    query=f"""
        SELECT gap, count(found)
        FROM {_values(AdvocacyGap, "gap")}
        LEFT JOIN (
            SELECT one->>'gap' AS gap, one->>'enquiry_id' AS found
            FROM cases, json_array_elements(body->'enquiries') AS one
        ) AS told USING (gap)
        GROUP BY gap
    """,
)
DATA_QUALITY_FLAGS = Gauge(
    name="safeguarding_data_quality_flags",
    says="Records that lack something or contradict another, by what is the matter (seed 003:3699).",
    labels=("flag",),
    query=f"""
        SELECT flag, count(found)
        FROM {_values(Lack, "flag")}
        LEFT JOIN (
            SELECT one->>0 AS flag, one->>1 AS found
            FROM cases, json_array_elements(body->'flags') AS one
            WHERE one->>2 = 'false'
        ) AS told USING (flag)
        GROUP BY flag
    """,
)

GAUGES = (
    *(REPEAT_REVIEWS_OPEN, REPEAT_REVIEWS_DONE, OVER_SIX_MONTHS, DRIFT_FLAGGED, DRIFT_AWAITING_LOOK),
    *(DECISIONS_OVERDUE, WORK_AT_CONCERN_STAGE, ADVOCACY_GAPS, DATA_QUALITY_FLAGS),
)
