"""Rule 2: FastStream parses headers before any decoder; ours sees every record, whatever its headers are."""

import json

from shared.contracts.topics import dead_letters_of
from tests.integration.delivery.conftest import InstallFor
from tests.integration.delivery.harness import QUICK, read_all, report
from tests.support.installation import Installation

DOOR = "concern-reports"
Headers = list[tuple[str, bytes | None]]


class _Bytes(str):
    """A header's name that goes onto the wire as bytes that are no UTF-8."""

    __slots__ = ()

    def encode(self, *_: object) -> bytes:
        return b"ce_\xff"


def headers_of(name: str) -> Headers:
    return [(f"ce_{k}", str(v).encode()) for k, v in report(name).items() if k != "data"]


def value_of(name: str) -> bytes:
    return json.dumps(report(name)["data"]).encode()


async def send(installation: Installation, name: str, headers: Headers) -> None:
    await installation.post_raw(DOOR, value_of(name), key=name.encode(), headers=headers, partition=0)


async def test_a_bad_header_costs_its_record_a_dead_letter_and_nobody_else_anything(install_for: InstallFor) -> None:
    installation = await install_for("intake")
    bad: dict[str, Headers] = {
        "header_not_utf_8": [*headers_of("2"), ("ce_subject", b"\xff\xfe")],
        "null_header": [*headers_of("3"), ("ce_subject", None)],
        "not_a_cloudevent": [("ce_specversion", b"1.0"), ("ce_id", b"5")],
    }
    await send(installation, "1", headers_of("1"))
    for name, headers in zip("234", bad.values(), strict=True):
        await send(installation, name, headers)
    await send(installation, "5", [*headers_of("5"), ("traceparent", None), ("tracestate", b"\xff")])
    installation.start("intake", **QUICK)
    await installation.settled(["intake"])

    accepted = await installation.facts("receipts", "safeguarding.concern.report-accepted.v1")
    letters = await read_all(installation, [dead_letters_of(DOOR)])
    positions = await installation.sql(
        "intake", "SELECT next_offset FROM positions WHERE topic LIKE '%reports' AND partition = 0"
    )

    assert {fact["reference"] for fact in accepted} == {"1", "5"}, (
        "headers that are not CloudEvents' are nobody's business"
    )
    assert [letter.body["reasons"][0]["code"] for letter in letters.facts.values()] == list(bad)
    assert letters.records == len(bad)
    assert positions[0][0] == 5
