"""An adult's history: which concerns count today and why, and records that are one person shown as one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

from services.audit.cases import Adult, Case, Concern, Flag, Merge, Reviewed, SameIncident
from services.audit.history import show_adult
from services.audit.work_cases import Work
from shared.contracts.audit import CountedAs

NOW = datetime(2024, 6, 1, 12, tzinfo=UTC)
ADA, EDA = UUID(int=1), UUID(int=2)
OLD, LAST_DAY_OUT, FIRST_DAY_IN, AGAIN, WRONG, TODAY = (UUID(int=number) for number in range(11, 17))


def a_person() -> dict[UUID, Case]:
    merge = UUID(int=77)
    ada = Adult(
        ADA,
        concerns=(
            Concern(OLD, NOW - timedelta(days=800)),
            Concern(LAST_DAY_OUT, datetime(2023, 6, 1, 12, tzinfo=UTC)),
            Concern(WRONG, NOW - timedelta(days=9), withdrawn=True),
            Concern(TODAY, NOW),
        ),
        reviewed=(Reviewed(UUID(int=5), (OLD,), "planned", "sac.1", NOW - timedelta(days=700)),),
        flags=(Flag("no_team", OLD), Flag("no_team", WRONG, aside=True)),
        merges=(Merge(merge, EDA),),
    )
    eda = Adult(
        EDA,
        concerns=(Concern(FIRST_DAY_IN, datetime(2023, 6, 2, 12, tzinfo=UTC)), Concern(AGAIN, NOW - timedelta(days=3))),
        linked=(SameIncident(AGAIN, FIRST_DAY_IN),),
        reviewed=ada.reviewed,
        merges=(Merge(merge, ADA),),
    )
    return {ADA: ada, EDA: eda}


def test_every_concern_counts_today_or_it_is_said_why_not() -> None:
    shown = show_adult(a_person(), EDA, NOW)

    assert shown is not None
    assert [(one.concern_id, one.adult_id, one.counted, one.same_as) for one in shown.concerns] == [
        (OLD, ADA, CountedAs.OUTSIDE_WINDOW, None),
        (LAST_DAY_OUT, ADA, CountedAs.OUTSIDE_WINDOW, None),
        (FIRST_DAY_IN, EDA, CountedAs.COUNTED, None),
        (WRONG, ADA, CountedAs.WITHDRAWN, None),
        (AGAIN, EDA, CountedAs.SAME_INCIDENT, FIRST_DAY_IN),
        (TODAY, ADA, CountedAs.COUNTED, None),
    ]


def test_records_that_are_one_person_show_the_same_by_either_id() -> None:
    by_one, by_other = (show_adult(a_person(), adult_id, NOW) for adult_id in (ADA, EDA))

    assert by_one is not None
    assert by_other is not None
    assert by_one.adults == by_other.adults == (ADA, EDA)
    assert by_one.model_dump(exclude={"adult_id"}) == by_other.model_dump(exclude={"adult_id"})
    assert [review.review_id for review in by_one.reviews] == [UUID(int=5)]
    assert [(flag.flag, flag.about) for flag in by_one.flags] == [("no_team", OLD)]
    assert [entry.at for entry in by_one.timeline] == sorted(entry.at for entry in by_one.timeline)


def test_what_is_no_adult_is_not_shown_as_one() -> None:
    work = Work(ADA, NOW, NOW)

    assert show_adult({ADA: work}, ADA, NOW) is None
