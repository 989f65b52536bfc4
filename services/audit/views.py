"""What can be read of audit: an adult's history, and the lists the Safeguarding Adults Coordinator works through."""

from datetime import date, datetime
from uuid import UUID

from pydantic import computed_field

from services.audit.history import AdultShown, show_adult
from services.audit.repeat import review_after
from shared.chassis.views import CaseView, Filter, ListView, ReadModel
from shared.contracts.audit import AdvocacyGap, OpenKind
from shared.contracts.enquiry import EnquiryKind


class OpenReview(ReadModel):
    """A repeat review that is open: for which adult, and about which concerns; `since` is the first one's receipt.

    `done` are the reviews before it, of everybody who is one person with this adult, its lead.
    """

    adult_id: UUID
    concerns: tuple[UUID, ...]
    since: datetime
    done: tuple[UUID, ...]

    @computed_field  # type: ignore[prop-decorator]  # pydantic's own way
    @property
    def review_id(self) -> UUID:
        """The review, by the id under which it is recorded as done."""
        return review_after(self.adult_id, set(self.done))


class Drifting(ReadModel):
    """Something over six months that has come to the coordinator; `awaiting_look` while it is with them."""

    open_id: UUID
    kind: OpenKind
    adult_id: UUID
    started_at: datetime
    flagged_at: datetime
    look: int
    awaiting_look: bool
    next_flag: datetime | None
    legitimate: bool | None
    reason_open: str | None
    next_look: date | None


class Gap(ReadModel):
    """An enquiry whose adult lacks capacity and has nobody, or family and friends alone, to speak for them."""

    enquiry_id: UUID
    concern_id: UUID
    adult_id: UUID
    kind: EnquiryKind
    gap: AdvocacyGap
    since: datetime


class Overdue(ReadModel):
    """A concern that has passed the local target for a decision."""

    concern_id: UUID
    adult_id: UUID
    received_at: datetime
    overdue_at: datetime


class Flagged(ReadModel):
    """A record that cannot be right, or lacks what it needs."""

    finding: str
    flag: str
    adult_id: UUID
    about: UUID


class EarlyWork(ReadModel):
    """Enquiry work while the record still says "concern", and since when it should have had an enquiry."""

    enquiry_id: UUID
    concern_id: UUID | None
    first_recorded_at: datetime
    due_at: datetime


_ADULT = Filter("adult_id", "About this adult.")

VIEWS = (
    CaseView(
        path="/adults/{adult_id}",
        says="An adult's history: concerns and why each counts today or does not, enquiries and how they ended, repeat"
        " reviews, what drifts, missing advocates and flags. Merged records are shown as one.",
        answer=AdultShown,
        shows=show_adult,
    ),
    ListView(
        path="/repeat-reviews",
        says="Repeat reviews that are open (seed 003:3695), the one whose first concern was received first at the top.",
        row=OpenReview,
        query="""
            SELECT
                key AS adult_id,
                ARRAY(SELECT json_array_elements_text(body->'review_ends'))::uuid[] AS concerns,
                coalesce(
                    (
                        SELECT min((concern->>1)::timestamptz)
                        FROM json_array_elements(body->'concerns') AS concern
                        WHERE concern->>0 IN (SELECT json_array_elements_text(body->'review_ends'))
                    ),
                    recorded,
                    'epoch'
                ) AS since,
                ARRAY(
                    WITH RECURSIVE person (adult_id) AS (
                        SELECT cases.key
                        UNION
                        SELECT (merge->>1)::uuid
                        FROM person JOIN cases AS one ON one.key = person.adult_id,
                            json_array_elements(one.body->'merges') AS merge
                    )
                    SELECT DISTINCT (review->>'review_id')::uuid
                    FROM person JOIN cases AS one ON one.key = person.adult_id,
                        json_array_elements(one.body->'reviewed') AS review
                ) AS done
            FROM cases
            WHERE body->'review_ends'->0 IS NOT NULL
        """,
        order="since",
        key="adult_id",
        filters=(_ADULT,),
    ),
    ListView(
        path="/drift",
        says="What is over six months and has come to the coordinator (seed 003:3464), what came first at the top.",
        row=Drifting,
        query="""
            SELECT
                (one->>'open_id')::uuid AS open_id,
                one->>'kind' AS kind,
                key AS adult_id,
                (one->>'started_at')::timestamptz AS started_at,
                (one->>'flagged_at')::timestamptz AS flagged_at,
                coalesce((one->>'look')::int, 0) AS look,
                one->>'next_flag' IS NULL AS awaiting_look,
                (one->>'next_flag')::timestamptz AS next_flag,
                (one->'last_look'->>'legitimate')::boolean AS legitimate,
                one->'last_look'->>'reason_open' AS reason_open,
                (one->'last_look'->>'next_look')::date AS next_look
            FROM cases, json_array_elements(body->'open') AS one
            WHERE one->>'flagged_at' IS NOT NULL AND one->>'ended' IS NULL
        """,
        order="flagged_at",
        key="open_id",
        filters=(
            Filter("kind", "A concern or an enquiry."),
            Filter("awaiting_look", "Whether it is with the coordinator now."),
            Filter("legitimate", "As the coordinator found at the last look."),
            _ADULT,
        ),
    ),
    ListView(
        path="/advocacy-gaps",
        says="Adults who lack capacity and have no advocate on record (seed 003:3696), the longest first.",
        row=Gap,
        query=f"""
            SELECT
                (one->>'enquiry_id')::uuid AS enquiry_id,
                (one->>'concern_id')::uuid AS concern_id,
                key AS adult_id,
                coalesce(one->>'kind', '{EnquiryKind.SECTION_42}') AS kind,
                one->>'gap' AS gap,
                (one->>'gap_since')::timestamptz AS since
            FROM cases, json_array_elements(body->'enquiries') AS one
            WHERE one->>'gap' IS NOT NULL AND one->>'gap_since' IS NOT NULL
        """,
        order="since",
        key="enquiry_id",
        filters=(Filter("gap", "Nobody, or family and friends alone."), _ADULT),
    ),
    ListView(
        path="/overdue-decisions",
        says="Concerns past the local target for a decision, the longest overdue first.",
        row=Overdue,
        query=f"""
            SELECT
                (one->>'open_id')::uuid AS concern_id,
                key AS adult_id,
                (one->>'started_at')::timestamptz AS received_at,
                (one->>'overdue_at')::timestamptz AS overdue_at
            FROM cases, json_array_elements(body->'open') AS one
            WHERE one->>'kind' = '{OpenKind.CONCERN}' AND one->>'overdue_at' IS NOT NULL AND one->>'ended' IS NULL
        """,
        order="overdue_at",
        key="concern_id",
        filters=(_ADULT,),
    ),
    ListView(
        path="/data-quality",
        says="Records that cannot be right, or lack what they need, by kind of flag.",
        row=Flagged,
        query="""
            SELECT key || '/' || (one->>1) AS finding, one->>0 AS flag, key AS adult_id, (one->>1)::uuid AS about
            FROM cases, json_array_elements(body->'flags') AS one
            WHERE NOT coalesce((one->>2)::boolean, false)
        """,
        order="flag",
        key="finding",
        filters=(Filter("flag", "Of this kind."), _ADULT),
    ),
    ListView(
        path="/work-at-concern-stage",
        says="Enquiry work that goes on while the record still says concern (seed 003:3697), the longest first.",
        row=EarlyWork,
        query="""
            SELECT
                key AS enquiry_id,
                (body->>'concern_id')::uuid AS concern_id,
                (body->>'first_recorded_at')::timestamptz AS first_recorded_at,
                (body->>'due_at')::timestamptz AS due_at
            FROM cases
            WHERE body->>'type' = 'work' AND (body->>'due_at')::timestamptz <= $1::timestamptz
        """,
        order="due_at",
        key="enquiry_id",
    ),
)
