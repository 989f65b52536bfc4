"""Events go in at the doors by `section42 post` and come out, in words, by `section42 read`."""

import asyncio
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from typer.testing import CliRunner

from services.command.app import app
from services.command.post import post
from services.command.problems import CommandError, MisuseError
from services.command.read import Only, Seen, read
from shared.chassis.delivery.records.dead_letters import dead_letter
from shared.chassis.delivery.records.kept_record import KeptRecord
from shared.kernel.decision import Reason
from tests.support.installation import Installation

CANARY = "Florence Canary"
REPORTED = "safeguarding.concern.reported.v1"


def report(number: int, **data: Any) -> str:
    said = {"sender": "wmas", "reference": f"R{number}", "adult": {"name": CANARY}, "narrative": CANARY} | data
    return json.dumps({"id": str(number), "source": "/wmas", "type": REPORTED, "data": said})


async def seen(installation: Installation, topic: str, **options: Any) -> list[Seen]:
    return [each async for each in read(installation.kafka, installation.prefix, topic, **options)]


async def test_good_lines_go_on_where_bad_ones_are_reported_with_their_number(installation: Installation) -> None:
    progress: list[int] = []
    approval = {"id": "a", "source": "/cms", "type": "safeguarding.triage.approved.v1", "data": {"concern_id": "x"}}
    lines = [
        report(1), "nonsense", report(2), "", json.dumps({"id": "3"}), report(4, narrative="x" * 9_000_000),
        json.dumps(approval), report(5, urgent="perhaps"),
    ]  # fmt: skip

    done = await post(installation.kafka, installation.prefix, lines, progress.append)

    assert done.by_topic == {"concern-reports": 3, "triage-decisions": 1}
    assert done.posted == 4
    assert [problem.line for problem in done.problems] == [2, 5, 6]
    assert progress[-1] == len(lines)
    records = await installation.records("concern-reports")
    assert sorted(record.key for record in records) == [b"wmas/R1", b"wmas/R2", b"wmas/R5"]
    assert {record.timestamp_type for record in records} == {1}
    assert all(dict(record.headers)["ce_type"] == REPORTED.encode() for record in records)


async def test_strict_stops_at_the_first_bad_line(installation: Installation) -> None:
    done = await post(installation.kafka, installation.prefix, [report(1), "{}", report(2)], strict=True)

    assert done.posted == 1
    assert [problem.line for problem in done.problems] == [2]


async def test_a_thousand_reports_keep_their_order_within_a_key(installation: Installation) -> None:
    lines = [report(number, reference=f"R{number % 7}") for number in range(5000)]

    done = await post(installation.kafka, installation.prefix, lines)

    assert done.posted == 5000
    by_key: dict[bytes | None, list[int]] = {}
    for record in await installation.records("concern-reports"):
        by_key.setdefault(record.key, []).append(int(dict(record.headers)["ce_id"] or b""))
    assert all(numbers == sorted(numbers) for numbers in by_key.values())


async def test_without_topics_it_says_at_once_what_to_do(installation: Installation) -> None:
    with pytest.raises(CommandError, match="run `section42 topics` first"):
        await post(installation.kafka, "nobody.", [report(1)])


async def test_reading_names_nobody_unless_asked(installation: Installation) -> None:
    await post(installation.kafka, installation.prefix, [report(1), report(2, urgent=CANARY)])
    await installation.post_raw("concern-reports", CANARY.encode(), headers=[("ce_id", b"3")])
    await installation.post_raw("concern-reports", None, key=b"k")

    found = await seen(installation, "concern-reports")

    assert sorted(each.says for each in found) == [
        "cannot be read: A record without a value is no event: send its data.",
        *["safeguarding.concern.reported.v1: does not fit its contract, its fields are not shown"] * 2,
        "wmas reports a concern under its reference R1, told by not recorded",
    ]
    assert CANARY not in repr(found)
    named = await seen(installation, "concern-reports", personal=True)
    assert sum(CANARY in each.says for each in named) == 2


async def test_reading_takes_the_name_with_or_without_the_prefix_and_stops_at_the_limit(
    installation: Installation,
) -> None:
    await post(installation.kafka, installation.prefix, [report(number) for number in range(20)])

    assert len(await seen(installation, installation.prefix + "concern-reports")) == 20
    assert len(await seen(installation, "concern-reports", limit=3, follow=True)) == 3
    assert await seen(installation, "concern-reports", from_now=True) == []
    assert await seen(installation, "receipts") == []
    with pytest.raises(MisuseError, match="there is no topic nonsense; there are: audit-reviews"):
        await seen(installation, "nonsense")


async def test_only_what_was_asked_for_is_read(installation: Installation) -> None:
    said = [report(n, sender=sender, reference=f"R{n % 2}") for n, sender in enumerate(["wmas", "cvh", "wmas", "wmas"])]
    lines = [json.dumps(json.loads(line) | {"time": f"2026-11-0{n + 1}T00:30:00Z"}) for n, line in enumerate(said)]
    await post(installation.kafka, installation.prefix, lines)

    async def ids(**asked: Any) -> list[str]:
        return sorted(each.id or "" for each in await seen(installation, "concern-reports", only=Only(**asked)))

    assert await ids() == ["0", "1", "2", "3"]
    assert await ids(sender="wmas") == ["0", "2", "3"]
    assert await ids(sender="wmas", reference="R0") == ["0", "2"]
    assert await ids(sender="wmas", since=datetime(2026, 11, 3, 0, 30, tzinfo=UTC)) == ["2", "3"]
    assert await ids(since=datetime(2026, 11, 3, 0, 30, 0, 1, tzinfo=UTC), reference="R0") == []
    assert len(await seen(installation, "concern-reports", only=Only(sender="wmas"), limit=2)) == 2


async def test_what_was_asked_for_is_shown_in_order_of_time(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Over all partitions; a day begins in London."""
    for name, value in installation.environment().items():
        monkeypatch.setenv(name, value)
    lines = [
        json.dumps(json.loads(report(n)) | {"time": f"2026-06-{10 + (7 * n) % 20:02}T23:30:00Z"}) for n in range(20)
    ]
    await post(installation.kafka, installation.prefix, lines)

    asked = ["read", "concern-reports", "--sender", "wmas", "--since", "2026-06-12", "--no-follow", "--json"]
    done = await asyncio.to_thread(CliRunner().invoke, app, asked)
    told = [json.loads(line)["at"] for line in done.stdout.splitlines()]

    assert done.exit_code == 0
    assert told == [f"2026-06-{day}T23:30:00.000000+00:00" for day in range(11, 30)]
    first = await asyncio.to_thread(CliRunner().invoke, app, [*asked, "--limit", "2"])
    assert [json.loads(line)["at"] for line in first.stdout.splitlines()] == told[:2], "the first in time, not in place"
    wrong = CliRunner().invoke(app, ["read", "receipts", "--since", "yesterday"])
    assert isinstance(wrong.exception, MisuseError)
    assert "2026-11-28T09:00Z" in str(wrong.exception)
    assert isinstance(
        CliRunner().invoke(app, ["read", "receipts", "--since", "2026-06-12T10:00"]).exception, MisuseError
    )


async def test_following_shows_what_comes_later(installation: Installation) -> None:
    records = read(installation.kafka, installation.prefix, "concern-reports", follow=True, limit=2)
    await post(installation.kafka, installation.prefix, [report(1)])
    first = await anext(records)
    await post(installation.kafka, installation.prefix, [report(2)])
    second = await anext(records)
    await records.aclose()

    assert [first.data["reference"], second.data["reference"]] == ["R1", "R2"]


async def test_a_dead_letter_says_why_and_where_and_keeps_what_it_held_to_itself(installation: Installation) -> None:
    kept = KeptRecord("t.concern-reports", 2, 17, 0, 1, b"key", CANARY.encode(), [("h", CANARY.encode())])
    letter = dead_letter("concern-reports", kept, (Reason(code="bad", says="It is no JSON."),))
    await installation.post_raw("concern-reports.dead-letters", letter.value, key=letter.key, headers=letter.headers)

    (found,) = await seen(installation, "concern-reports.dead-letters")

    assert found.says == "set aside, t.concern-reports partition 2 offset 17: It is no JSON."
    assert CANARY not in repr(found)
    assert "value" not in found.data
    (named,) = await seen(installation, "concern-reports.dead-letters", personal=True)
    assert CANARY in named.says
