"""Corrections that leave the counts as they are, and decisions that nobody approved. All shares are invented."""

from __future__ import annotations

from datetime import timedelta
from random import Random

from deploy.demo.history.deciding import Case, Decided, decided_after
from deploy.demo.history.draw import in_office, likely, next_week, on_day, working_day
from deploy.demo.history.quotas import part

_SUPERSEDED_UNAPPROVED = 0.01
_MISTAKEN_DUPLICATES = 0.0008
_MISTAKEN_LINKS = 0.001
_DECLINED = 0.15


def correct(rng: Random, cases: list[Case]) -> None:
    """Corrections that leave the counts as they are, and decisions that never were approved."""
    by_record: dict[object, list[Case]] = {}
    for case in cases:
        if case.withdrawn is None and case.decisions:
            by_record.setdefault(case.concern.record, []).append(case)
    plain = [
        case for case in cases
        if case.withdrawn is None and len(case.decisions) == 1 and case.decisions[0].kind == "not_met"
    ]  # fmt: skip
    pairs = []
    for case in plain:
        earlier = [other for other in by_record[case.concern.record] if other.concern.at < case.concern.at]
        if earlier:
            pairs.append((case, earlier[-1].concern))
    rng.shuffle(pairs)
    mistaken = max(part(len(cases), _MISTAKEN_DUPLICATES), 1)
    for case, other in pairs[:mistaken]:
        first = case.decisions[0]
        first.kind, first.duplicate_of = "duplicate", other
        case.decisions.append(
            decided_after(rng, case.concern, "not_met", first.approved or first.at, rng.uniform(3, 30))
        )
    for case, other in pairs[mistaken : mistaken + max(part(len(cases), _MISTAKEN_LINKS), 1)]:
        case.linked = (on_day(rng, working_day((case.concern.at + timedelta(days=rng.uniform(2, 10))).date())), other)
        case.unlinked = on_day(rng, working_day((case.linked[0] + timedelta(days=rng.uniform(4, 30))).date()))
    for case in cases:
        if len(case.decisions) == 1:
            _in_two_steps(rng, case, case.decisions[0])


def _in_two_steps(rng: Random, case: Case, only: Decided) -> None:
    """What the other authority says; and decisions that another took the place of before anybody approved them."""
    if only.kind == "sent_to_other_authority":
        _answered(rng, case, only)
    elif likely(rng, _SUPERSEDED_UNAPPROVED) and only.kind != "not_met":
        case.decisions[0] = Decided("not_met", only.at - (only.at - case.concern.at) / 3, None)
        case.decisions.append(only)


def _answered(rng: Random, case: Case, sent: Decided) -> None:
    """The other authority takes the concern; or declines, and it is decided here."""
    sent.answered = in_office(rng, (sent.approved or sent.at) + timedelta(days=rng.uniform(1, 15)))
    if likely(rng, _DECLINED):
        case.decisions.append(
            decided_after(rng, case.concern, "not_met", next_week(rng, sent.answered), rng.uniform(0, 5))
        )
