"""What several services hold to alike is one value, and what was recorded under a version is held to that version."""

from __future__ import annotations

import ast
import dataclasses
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.audit import drift
from services.audit import policy as audit
from services.audit.cases import Adult
from services.enquiry import policy as enquiry
from services.enquiry import records
from services.enquiry.rules import RULES
from services.triage import clocks, decisions
from services.triage import policy as triage
from services.triage.cases import Concern
from shared.contracts import common_rules
from shared.contracts.audit import OpenKind
from shared.contracts.doors import ClosureApproved
from shared.contracts.local_policy import COVENTRY_2024_1, LOCAL_POLICY, Versions
from shared.kernel.decision import Refused
from tests.architecture.tree import modules, named, parsed
from tests.support.builders import ADA, NOON, an_approval, told
from tests.support.enquiry_builders import CONCERN, a_closure_approval

CHANGED = NOON + timedelta(days=100)
BEFORE, AFTER = CHANGED - timedelta(seconds=1), CHANGED
OF_ALL = "shared/contracts/local_policy.py"


def changed(first: Any, later: Any) -> Versions[Any]:
    return Versions(first, ((CHANGED, later),))


def test_the_version_is_that_which_was_in_force_when_a_thing_was_recorded() -> None:
    versions = Versions("first", ((CHANGED, "second"), (CHANGED + timedelta(days=1), "third")))

    assert [versions.at(CHANGED + timedelta(hours=hours)) for hours in (-1, 0, 23, 24)] == [
        "first", "second", "second", "third",
    ]  # fmt: skip


def test_what_services_hold_to_alike_is_alike_whenever_it_was_recorded() -> None:
    every = (LOCAL_POLICY, triage.VERSIONS, enquiry.VERSIONS, audit.VERSIONS)
    for at in (datetime(1900, 1, 1, tzinfo=UTC), *(since for versions in every for since, _ in versions.later)):
        held = LOCAL_POLICY.at(at)
        assert triage.VERSIONS.at(at).approver_roles == enquiry.VERSIONS.at(at).approver_roles == held.approver_roles
        assert triage.VERSIONS.at(at).decision_target_hours == held.decision_target_hours
        assert audit.VERSIONS.at(at).decision_target == timedelta(hours=held.decision_target_hours)


@pytest.mark.parametrize("versions", [LOCAL_POLICY, triage.VERSIONS, enquiry.VERSIONS, audit.VERSIONS])
def test_versions_have_names_of_their_own_and_follow_each_other(versions: Versions[Any]) -> None:
    names = [versions.first.version, *(version.version for _, version in versions.later)]
    since = [at for at, _ in versions.later]

    assert len(set(names)) == len(names)
    assert since == sorted(set(since))


def test_nobody_writes_down_again_what_is_held_alike() -> None:
    """Neither a role, nor how far clocks may differ, nor within how many hours a concern is decided."""
    writing = set()
    for path in modules():
        if not named(path).startswith(("services/", "shared/contracts/")) or "/command/" in named(path):
            continue
        for node in ast.walk(parsed(path)):
            match node:
                case ast.Constant(value=str(role)) if role in COVENTRY_2024_1.approver_roles:
                    writing.add(named(path))
                case ast.keyword(arg="minutes", value=ast.Constant(value=5)):
                    writing.add(named(path))
                case ast.keyword(arg="hours" | "decision_target_hours", value=ast.Constant(value=48)):
                    writing.add(named(path))
                case _:
                    pass

    assert writing == {OF_ALL}


def test_one_rule_refuses_what_is_still_to_come_and_one_who_is_no_manager() -> None:
    """A birth date in the future is another matter: it is a day, and no clock is asked."""
    said = {
        (named(path), node.value)
        for path in modules()
        if named(path).startswith(("services/", "shared/contracts/"))
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Constant) and str(node.value).endswith(("_in_the_future", "role_may_not_"))
    }

    assert said == {
        ("services/intake/acceptance.py", "birth_date_in_the_future"),
        ("shared/contracts/common_rules.py", "_in_the_future"),
        ("shared/contracts/common_rules.py", "role_may_not_"),
    }


def test_a_manager_is_one_by_the_roles_of_when_they_approved(monkeypatch: pytest.MonkeyPatch) -> None:
    fewer = frozenset({"head_of_service"})
    monkeypatch.setattr(records, "VERSIONS", changed(enquiry.POLICY, enquiry.POLICY._replace(approver_roles=fewer)))
    of_triage = dataclasses.replace(triage.COVENTRY_2024_1, approver_roles=fewer)
    monkeypatch.setattr(decisions, "VERSIONS", changed(triage.COVENTRY_2024_1, of_triage))
    closure, decision = a_closure_approval(role="team_manager"), an_approval(role="team_manager")

    def refused(at: datetime) -> list[bool]:
        answers = (
            RULES[ClosureApproved](None, closure, told(closure, at=at).meta),
            decisions.decide({}, decision, told(decision, at=at).meta),
        )
        return [isinstance(answer, Refused) for answer in answers]

    assert refused(BEFORE) == [False, False]
    assert refused(AFTER) == [True, True]


def test_a_concern_is_due_by_the_target_of_when_it_was_received(monkeypatch: pytest.MonkeyPatch) -> None:
    shorter = dataclasses.replace(triage.COVENTRY_2024_1, decision_target_hours=24)
    monkeypatch.setattr(clocks, "VERSIONS", changed(triage.COVENTRY_2024_1, shorter))
    in_a_day = audit.POLICY._replace(decision_target=timedelta(hours=24))
    monkeypatch.setattr(drift, "VERSIONS", changed(audit.POLICY, in_a_day))

    for at, hours in ((BEFORE, 48), (AFTER, 24)):
        due = at + timedelta(hours=hours)
        assert clocks.due_times(Concern(ADA, at, "intake")).decision == due
        (watched,) = drift.started(Adult(ADA), OpenKind.CONCERN, CONCERN, at).open
        assert watched.target == due


def test_clocks_may_differ_by_what_was_in_force_then(monkeypatch: pytest.MonkeyPatch) -> None:
    stricter = COVENTRY_2024_1._replace(clocks_differ_by=timedelta(minutes=1))
    monkeypatch.setattr(common_rules, "LOCAL_POLICY", changed(COVENTRY_2024_1, stricter))

    for at, minutes in ((BEFORE, 5), (AFTER, 1)):
        ahead = at + timedelta(minutes=minutes)
        assert not list(common_rules.in_the_future(ahead, "held_at", at))
        (reason,) = common_rules.in_the_future(ahead + timedelta(seconds=1), "held_at", at)
        assert f"more than {minutes} minute" in reason.says
