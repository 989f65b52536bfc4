"""What of a topic's settings loses records, refuses ours, or lets senders date them; and what is an operator's own."""

from __future__ import annotations

import pytest

from shared.chassis.telling.topic_settings import DECLARED, misconfigured
from shared.contracts.topics import HEARTBEATS, JOURNALS, TOPICS

DOOR, FACTS, JOURNAL = (DECLARED[name] for name in ("concern-reports", "concerns", "intake.journal"))


@pytest.mark.parametrize("name", DECLARED)
def test_what_is_declared_is_as_it_must_be(name: str) -> None:
    assert misconfigured(DECLARED[name], DECLARED[name]) == []


def test_every_topic_that_somebody_needs_is_looked_at() -> None:
    assert {*DECLARED} == {topic.name for topic in (*TOPICS, *JOURNALS)}
    assert not DECLARED.keys() & {topic.name for topic in HEARTBEATS}


@pytest.mark.parametrize(
    ("declared", "changed", "says"),
    [
        (FACTS, {"cleanup.policy": "compact"}, "cleanup.policy=compact drops"),
        (FACTS, {"cleanup.policy": "compact,delete"}, "cleanup.policy=compact,delete drops"),
        (FACTS, {"retention.ms": "604800000"}, "retention.ms=604800000 deletes"),
        (DOOR, {"retention.ms": "1000"}, "retention.ms=1000 deletes"),
        (JOURNAL, {"retention.ms": "0"}, "retention.ms=0 deletes"),
        (DOOR, {"retention.bytes": "1048576"}, "retention.bytes=1048576 deletes"),
        (FACTS, {"max.message.bytes": "1000"}, "max.message.bytes=1000 refuses"),
        (DOOR, {"message.timestamp.type": "CreateTime"}, "message.timestamp.type=CreateTime lets"),
        (JOURNAL, {"message.timestamp.type": "CreateTime"}, "message.timestamp.type=CreateTime lets"),
    ],
)
def test_what_loses_records_is_told(declared: dict[str, str], changed: dict[str, str], says: str) -> None:
    (said,) = misconfigured(declared, dict(declared) | changed)
    assert said.startswith(says)


@pytest.mark.parametrize(
    ("declared", "changed"),
    [
        (DOOR, {"retention.ms": "-1"}),
        (DOOR, {"retention.ms": "31536000000"}),
        (FACTS, {"max.message.bytes": "20000000"}),
        (FACTS, {"message.timestamp.type": "LogAppendTime"}),
        (FACTS, {"retention.bytes": "-1"}),
        (FACTS, {"min.insync.replicas": "1"}),
    ],
)
def test_what_an_operator_may_choose_is_not(declared: dict[str, str], changed: dict[str, str]) -> None:
    assert misconfigured(declared, dict(declared) | changed) == []


def test_all_that_is_wrong_is_told_at_once() -> None:
    assert len(misconfigured(DOOR, dict(DOOR) | {"retention.ms": "1", "message.timestamp.type": "CreateTime"})) == 2
