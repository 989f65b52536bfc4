"""The checker finds each kind of doubling in a log made up by hand, and nothing in one with honest copies."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.support.told_once import Said, copies, faults, told_since

CONCERN, ADULT, OTHER = "c-1", "a-1", "a-2"


def said(name: str, offset: int = 0, *, cause: str = "r-1", type_: str = "received", **body: Any) -> Said:
    """A fact about the one concern."""
    full = {"concern_id": CONCERN, "adult_id": ADULT} | body
    headers = {"ce_id": name, "ce_type": type_, "ce_source": "/s", "ce_subject": CONCERN, "ce_causationid": cause}
    return Said(
        "concerns", 0, offset, b"a-1", json.dumps(full).encode(), tuple((n, v.encode()) for n, v in headers.items())
    )


def receipt(name: str, *, cause: str) -> Said:
    return said(name, cause=cause, type_="safeguarding.concern.report-accepted.v1", again=True)


HONEST = [
    said("1"),
    said("2", cause="r-2", type_="linked"),
    said("3", cause="r-3", type_="withdrawn"),
    receipt("4", cause="r-4"),
    receipt("5", cause="r-5"),
]
RETOLD = [*HONEST, *HONEST[1:], *HONEST[2:], said("6", cause="r-6", type_="reinstated")]


def test_copies_in_their_order_are_no_fault() -> None:
    assert faults(RETOLD) == []
    assert copies(RETOLD) == 7
    assert told_since(HONEST, RETOLD) == ["reinstated 6 is new"]
    assert told_since(RETOLD, HONEST) == ["reinstated 6 is gone"]


@pytest.mark.parametrize(
    ("doubled", "says"),
    [
        (lambda: said("7"), "one fact of received has 2 ids"),
        (lambda: said("7", cause="r-9"), "one statement of received has 2 ids"),
        (lambda: said("7", cause="r-9", adult_id=OTHER), "concern c-1 has 2 adults"),
        (lambda: said("1", adult_id=OTHER), "received 1 was told again in other words"),
        (lambda: receipt("7", cause="r-5"), "has 2 ids"),
        (lambda: HONEST[1]._replace(headers=(*HONEST[1].headers, ("x", b"y"))), "linked 2 was told again in other"),
        (lambda: HONEST[1]._replace(key=b"a-9"), "linked 2 was told again in other words"),
        (lambda: said("7", cause="r-9", type_="x")._replace(headers=()), "concerns/0/0 has no identity"),
    ],
    ids=["second id", "second cause", "second adult", "another body", "receipt", "header", "key", "no id"],
)
def test_what_is_doubled_is_found(doubled: Callable[[], Said], says: str) -> None:
    found = faults([*HONEST, *HONEST, doubled()])

    assert any(says in fault for fault in found), found


def test_copies_in_another_order_are_found() -> None:
    found = faults([*HONEST, HONEST[2], HONEST[1], HONEST[3]])

    assert found == ["concerns/0/0 comes before what it followed the first time"]
