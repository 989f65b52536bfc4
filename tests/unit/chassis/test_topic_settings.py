"""What of a topic's settings loses records, refuses ours, or lets senders date them; and what is an operator's own."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from shared.chassis.delivery.kafka.log_reader import NotKnownError
from shared.chassis.telling.topic_settings import DECLARED, misconfigured, misconfigured_topics
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


class Broker:
    """Answers for three topics with these error codes."""

    def __init__(self, *codes: int) -> None:
        self.codes = codes

    def brokers(self) -> list[int]:
        return [1]

    async def ask(self, _: int, __: object) -> SimpleNamespace:
        entries: list[tuple[object, ...]] = [("retention.ms", "1000", False, 1, False, [])]
        names = ("x.concern-reports", "x.concerns", "x.receipts")
        return SimpleNamespace(
            resources=[
                (code, "", 2, name, [] if code else entries) for code, name in zip(self.codes, names, strict=True)
            ]
        )


async def test_a_topic_that_is_not_there_is_told_of_elsewhere_and_one_that_may_not_be_described_is_not_known() -> None:
    asked = ("concern-reports", "concerns", "receipts")
    there: Any = Broker(0, 3, 0)
    assert (await misconfigured_topics(there, asked, "x.")).keys() == {"concern-reports", "receipts"}
    none: Any = Broker(3, 3, 3)
    assert await misconfigured_topics(none, asked, "x.") == {}
    unseen: Any = Broker(0, 29, 0)
    with pytest.raises(NotKnownError, match="TopicAuthorizationFailed"):
        await misconfigured_topics(unseen, asked, "x.")
