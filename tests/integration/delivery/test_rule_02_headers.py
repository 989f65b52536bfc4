"""Rule 2: FastStream parses headers before any decoder; ours sees every record, whatever its headers are."""

import json
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.record.util import calc_crc32c

from shared.chassis.delivery.records.cloudevents import stands_in
from shared.chassis.delivery.recovering.past import PastReader
from shared.contracts.topics import dead_letters_of
from tests.integration.delivery.conftest import InstallFor
from tests.integration.delivery.harness import QUICK, concern_of, decision, read_all, report, settings_of
from tests.support.installation import Installation

DOOR = "concern-reports"
Headers = list[tuple[str, bytes | None]]


def headers_of(name: str) -> Headers:
    return [(f"ce_{k}", str(v).encode()) for k, v in report(name).items() if k != "data"]


def value_of(name: str) -> bytes:
    return json.dumps(report(name)["data"]).encode()


async def send(installation: Installation, name: str, headers: Headers) -> None:
    await installation.post_raw(DOOR, value_of(name), key=name.encode(), headers=headers, partition=0)


async def test_a_bad_header_costs_nobody_anything(install_for: InstallFor) -> None:
    installation = await install_for("intake")
    of: dict[str, Headers] = {
        "1": headers_of("1"),
        "2": [*headers_of("2"), ("ce_subject", b"\xff\xfe")],
        "3": [*headers_of("3"), ("ce_subject", None)],
        "4": [("ce_specversion", b"1.0"), ("ce_id", b"\xff")],
        "5": [*headers_of("5"), ("traceparent", None), ("tracestate", b"\xff")],
    }
    for name, headers in of.items():
        await send(installation, name, headers)
    installation.start("intake", **QUICK)
    await installation.settled(["intake"])

    accepted = await installation.facts("receipts", "safeguarding.concern.report-accepted.v1")
    letters = await read_all(installation, [dead_letters_of(DOOR)])
    positions = await installation.sql(
        "intake", "SELECT next_offset FROM positions WHERE topic LIKE '%reports' AND partition = 0"
    )

    said = {fact["reference"]: sorted(one["code"] for one in fact.get("remarks", ())) for fact in accepted}
    wrong = ["header_not_utf_8", "id_missing", "source_missing", "type_missing"]
    assert said == {"1": [], "2": ["header_not_utf_8"], "3": [], "4": wrong, "5": []}, (
        "a header without a value is unset, and those that are not CloudEvents' are nobody's business"
    )
    assert letters.facts == {}
    assert positions[0][0] == 5


async def test_a_bad_header_costs_a_decision_a_dead_letter_and_nobody_else_anything(install_for: InstallFor) -> None:
    installation = await install_for("triage")
    made = decision(concern_of("1"))
    good: Headers = [(f"ce_{name}", str(text).encode()) for name, text in made.items() if name != "data"]
    bad: dict[str, Headers] = {
        "header_not_utf_8": [*good, ("ce_subject", b"\xff\xfe")],
        "id_missing": [(name, None if name == "ce_id" else text) for name, text in good],
        "header_twice": [("ce_id", b"another"), *good],
    }
    for headers in [*bad.values(), good]:
        value = json.dumps(made["data"]).encode()
        await installation.post_raw("triage-decisions", value, key=b"k", headers=headers, partition=0)
    installation.start("triage", **QUICK)
    await installation.settled(["triage"])

    letters = await read_all(installation, [dead_letters_of("triage-decisions")])
    assert [letter.body["reasons"][0]["code"] for letter in letters.facts.values()] == list(bad)
    held = await installation.sql("triage", "SELECT reason FROM held")
    assert [row[0] for row in held] == ["the concern to be received"], "the good one waits for its concern"


async def test_a_header_whose_name_is_no_utf_8_stops_nobody(install_for: InstallFor) -> None:
    """Our client library cannot decode it, and would fail at every poll of every partition for ever."""
    installation = await install_for("intake")
    await send(installation, "1", headers_of("1"))
    await send_name(installation, "2", b"ce_\xff\xfe")
    await send(installation, "3", headers_of("3"))
    await send_name(installation, "4", b"ce_\xff\xfe")
    await installation.post(*(report(f"other-{n}") for n in range(20)))
    process = installation.start("intake", **QUICK)
    await installation.settled(["intake"])
    installation.stop(process)
    installation.start("intake", **QUICK)  # whose last record before its position is such a one
    await send(installation, "5", headers_of("5"))
    await installation.settled(["intake"])

    accepted = await installation.facts("receipts", "safeguarding.concern.report-accepted.v1")
    letters = await read_all(installation, [dead_letters_of(DOOR)])

    assert {fact["reference"] for fact in accepted} == {"1", "3", "5", *(f"other-{n}" for n in range(20))}
    assert [letter.body["reasons"][0]["code"] for letter in letters.facts.values()] == ["header_name_not_utf_8"] * 2
    assert sorted(letter.body["offset"] for letter in letters.facts.values()) == [1, 3]
    async with PastReader(settings_of(installation, "intake"), "intake") as past:
        read = await past.records((installation.prefix + DOOR, 0), 0, 4)
    assert [(one.offset, stands_in(one)) for one in read] == [(0, False), (1, True), (2, False), (3, True)], "nor later"


async def send_name(installation: Installation, name: str, header: bytes) -> None:
    """Send what no Python client sends: a record with a header of that name, its batch's checksum mended."""
    placeholder = b"ce_zz"
    assert len(placeholder) == len(header)
    async with AIOKafkaProducer(bootstrap_servers=installation.servers.bootstrap_servers) as producer:
        batch = producer.create_batch()
        batch.append(timestamp=None, key=name.encode(), value=value_of(name), headers=[(placeholder.decode(), b"1")])
        builder = batch._builder
        batch._builder = Mended(builder, placeholder, header)
        batch.close()
        await (await producer.send_batch(batch, installation.prefix + DOOR, partition=0))


class Mended:
    """A builder of record batches that puts other bytes in."""

    def __init__(self, builder: Any, old: bytes, new: bytes) -> None:
        self._builder, self._old, self._new = builder, old, new

    def __getattr__(self, name: str) -> Any:
        return getattr(self._builder, name)

    def build(self) -> bytearray:
        built = bytearray(self._builder.build()).replace(self._old, self._new)
        built[17:21] = calc_crc32c(bytes(built[21:])).to_bytes(4, "big")
        return built
