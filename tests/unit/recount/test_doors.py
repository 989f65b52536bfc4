"""What came through the doors: each event once for who reads it, each partition in its order, all by time."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any, NamedTuple

from deploy.recount.doors import Sent, from_kafka, from_lines
from deploy.recount.kafka import options
from tests.support.recounted import About, Line, line

ONE, TWO = About("1"), About("2")


class Record(NamedTuple):
    """What the client library hands over, as far as it is looked at."""

    topic: str
    offset: int
    timestamp: int
    value: bytes
    partition: int = 0
    headers: tuple[tuple[str, bytes], ...] = ()


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


def record(said: Line, topic: str, offset: int, reached: str, partition: int = 0) -> Record:
    return Record(f"p.{topic}", offset, at(reached), json.dumps(said).encode(), partition)


def read(*records: Record) -> list[Sent]:
    return list(from_kafka(records, "p."))


def of(*lines: Line) -> list[Sent]:
    return list(from_lines(json.dumps(each).encode() for each in lines))


def references(found: list[Sent]) -> list[Any]:
    return [each.said["reference"] for each in found]


def test_lines_are_told_in_the_order_of_their_time() -> None:
    assert references(of(TWO.reported("2023-05-02"), ONE.reported("2023-05-01"))) == ["1", "2"]


def test_an_event_counts_once_the_first_time_it_came() -> None:
    first = ONE.decided("2023-05-01")
    same_id = ONE.decided("2023-05-02") | {"id": first["id"]}

    assert [each.at.day for each in of(first, first, same_id)] == [1]


def test_a_report_under_the_id_of_another_is_one_all_the_same() -> None:
    first = ONE.reported("2023-05-01")
    same_id = TWO.reported("2023-05-02") | {"id": first["id"]}

    assert references(of(first, first, same_id, same_id)) == ["1", "2"]


def test_what_is_wrong_with_an_envelope_stands_in_no_concern_s_way() -> None:
    nameless = {name: said for name, said in ONE.reported("2023-05-01").items() if name not in ("id", "type", "source")}

    found = read(
        record(nameless, "concern-reports", 0, "2023-05-03"), record(nameless, "triage-decisions", 1, "2023-05-03")
    )

    assert references(found) == ["1"]


def test_what_could_not_be_read_takes_nobody_s_identity() -> None:
    wrong = ONE.reported("2023-05-01") | {"data": "a letter"}
    right = ONE.reported("2023-05-02") | {"id": wrong["id"]}

    assert [each.at.day for each in of(wrong, right)] == [2]


def test_one_id_at_two_readers_is_two_events() -> None:
    report = ONE.reported("2023-05-01")
    decision = ONE.decided("2023-05-02") | {"id": report["id"]}

    assert [each.name for each in of(report, decision)] == ["concern.reported", "triage.decided"]


def test_lines_that_are_nothing_to_the_count_are_passed_over() -> None:
    timeless = {name: value for name, value in ONE.reported("2023-05-01").items() if name != "time"}

    assert (
        of(timeless, line("audit.drift-reviewed", "2023-05-01", {}), line("concern.unheard-of", "2023-05-01", {})) == []
    )
    assert list(from_lines([b"", b"no json", b"{}"])) == []


def test_a_report_is_received_when_it_reached_the_door() -> None:
    (sent,) = read(record(ONE.reported("2023-05-01"), "concern-reports", 0, "2023-05-03"))

    assert (sent.at.day, sent.time.day) == (3, 1)


def test_while_a_clock_was_driven_an_event_is_recorded_at_its_own_time() -> None:
    tick = Record("p.clock", 0, at("2024-01-02"), b"{}")
    driven = record(ONE.reported("2023-05-01"), "concern-reports", 0, "2024-01-01")
    later = record(TWO.reported("2023-05-02"), "concern-reports", 1, "2024-01-03")

    assert [each.at.date().isoformat() for each in read(tick, driven, later)] == ["2023-05-01", "2024-01-03"]


def test_records_of_a_partition_keep_their_order_whatever_time_they_bear() -> None:
    tick = Record("p.clock", 0, at("2024-01-02"), b"{}")
    first = record(ONE.reported("2023-05-05"), "concern-reports", 0, "2024-01-01")
    second = record(TWO.reported("2023-05-01"), "concern-reports", 1, "2024-01-01")
    between = record(ONE.decided("2023-05-03"), "triage-decisions", 0, "2024-01-01")

    found = read(tick, first, second, between)

    assert [each.name for each in found] == ["triage.decided", "concern.reported", "concern.reported"]
    assert references(found[1:]) == ["1", "2"]
    assert [each.at.day for each in found[1:]] == [5, 1]


def test_an_event_at_another_door_than_its_own_is_none() -> None:
    assert read(record(ONE.reported("2023-05-01"), "triage-decisions", 0, "2023-05-01")) == []


def test_kafka_is_found_by_the_variables_the_services_go_by() -> None:
    said = {"KAFKA_BOOTSTRAP_SERVERS": "a:1,b:2", "KAFKA_SECURITY_PROTOCOL": "SASL_PLAINTEXT"}
    who = {"KAFKA_SASL_MECHANISM": "PLAIN", "KAFKA_SASL_USERNAME": "me", "KAFKA_SASL_PASSWORD": "secret", "OTHER": "x"}

    assert options(said | who) == {
        "bootstrap_servers": ["a:1", "b:2"], "security_protocol": "SASL_PLAINTEXT", "sasl_mechanism": "PLAIN",
        "sasl_plain_username": "me", "sasl_plain_password": "secret",
    }  # fmt: skip


def test_a_tls_set_up_gets_its_certificates() -> None:
    assert options({"KAFKA_BOOTSTRAP_SERVERS": "a:1", "KAFKA_SECURITY_PROTOCOL": "SSL"})["ssl_context"] is not None
