"""What a person can do about a held event, a tripped breaker and a position that no longer fits."""

import asyncio
from datetime import UTC, datetime
from uuid import UUID

import msgspec
import pytest
from typer.testing import CliRunner

from services.command.app import app
from services.command.breaker import breaker
from services.command.held import give_up, held, try_again
from services.command.positions import Acceptance, go_on_from, places
from services.command.problems import MisuseError
from services.command.timers import timers
from shared.chassis.delivery.records.cloudevents import fingerprint
from shared.chassis.delivery.records.kept_record import KeptRecord
from shared.chassis.process.settings import KafkaSettings
from tests.support.installation import Installation

Where = tuple[KafkaSettings, str, str, str]

_HOLD = """
INSERT INTO held
  (case_key, parked, claimed, reason, since, topic, partition, record_offset, record_key, recorded, record)
VALUES ($1::uuid, $1::uuid IS NULL, true, 'x', now(), 'concerns', 4, $3, 'k', now(), $2) RETURNING id
"""
CASE = UUID(int=1)


async def hold(installation: Installation, case: UUID | None = None, offset: int = 7) -> int:
    kept = KeptRecord(f"{installation.prefix}concerns", 4, offset, 0, 0, b"k", b"{}", [])
    return int((await installation.sql("triage", _HOLD, case, msgspec.msgpack.encode(kept), offset))[0][0])


async def test_a_parked_event_can_be_tried_again_and_a_waiting_one_needs_no_help(installation: Installation) -> None:
    parked, waiting = await hold(installation), await hold(installation, CASE)

    assert await try_again(installation.database_url, "triage", str(parked)) == 1
    assert await try_again(installation.database_url, "triage", "all") == 1
    assert [(e.id, e.parked, e.retry) for e in await held(installation.database_url, "triage")] == [
        (parked, True, True),
        (waiting, False, False),
    ]
    for wrong in (str(waiting), "12345", "some"):
        with pytest.raises(MisuseError):
            await try_again(installation.database_url, "triage", wrong)


async def test_an_event_that_is_given_up_is_a_dead_letter_with_the_reason(installation: Installation) -> None:
    first, behind = await hold(installation), await hold(installation, offset=8)
    where = installation.kafka, installation.database_url, installation.prefix, "triage"

    at = await give_up(*where, first, "the sender has corrected it")

    assert at == f"{installation.prefix}concerns.dead-letters partition 0 offset 0"
    (letter,) = await installation.records("concerns.dead-letters")
    said = msgspec.json.decode(letter.value or b"")
    assert said["reasons"][0]["says"] == "the sender has corrected it"
    assert (said["topic"], said["partition"], said["offset"]) == (f"{installation.prefix}concerns", 4, 7)
    assert [(e.id, e.retry) for e in await held(installation.database_url, "triage")] == [(behind, True)]
    with pytest.raises(MisuseError):
        await give_up(*where, first, "again")


async def test_several_are_given_up_at_once(installation: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    one, other, third = [await hold(installation, offset=offset) for offset in (7, 8, 9)]
    for name, value in installation.environment().items():
        monkeypatch.setenv(name, value)
    asked = ["held", "triage", "--discard", str(one), "--discard", str(third), "--why", "it is for another council"]

    done = await asyncio.to_thread(CliRunner().invoke, app, asked)

    assert (done.exit_code, len(done.stdout.splitlines())) == (0, 2)
    assert [event.id for event in await held(installation.database_url, "triage")] == [other]
    assert len(await installation.records("concerns.dead-letters")) == 2


async def test_a_breaker_is_shown_and_cleared(installation: Installation) -> None:
    await installation.sql("intake", "UPDATE breaker SET unreadable_in_a_row = 100, tripped_at = now()")

    assert (await breaker(installation.database_url, "intake"))[0] == 100
    assert await breaker(installation.database_url, "intake", clear=True) == (0, None)


async def test_a_position_is_accepted_with_the_fingerprint_of_the_record_before_it(installation: Installation) -> None:
    where = installation.kafka, installation.database_url, installation.prefix, "triage"
    for _ in range(3):
        await installation.post_raw("concerns", b"{}", partition=2)
    await installation.sql(
        "triage", "INSERT INTO positions VALUES ($1, 2, 9, 'gone')", f"{installation.prefix}concerns"
    )
    place = next(p for p in await places(*where) if p.topic.endswith(".concerns") and p.partition == 2)
    assert (place.position, place.begins, place.ends) == (9, 0, 3)
    assert "made anew" in place.says

    assert await accept(where, "concerns", "2", "end") == (9, 3)
    assert await accept(where, "concerns", "2", "2") == (3, 2)
    rows = await installation.sql("triage", "SELECT next_offset, last_offset, fingerprint, topic_id FROM positions")
    second = (await installation.records("concerns"))[1]
    assert [tuple(row)[:3] for row in rows] == [(2, 1, fingerprint(second))]
    assert rows[0][3] is not None

    assert await accept(where, installation.prefix + "concerns", "2", "begin") == (2, 0)
    assert (await installation.sql("triage", "SELECT fingerprint FROM positions"))[0][0] is None
    for topic, at in (("concerns", "4"), ("concerns", "soon"), ("receipts", "begin")):
        with pytest.raises(MisuseError):
            await accept(where, topic, "2", at)


async def accept(where: Where, topic: str, partition: str, at: str) -> tuple[int | None, int | None]:
    (moved,) = await go_on_from(*where, Acceptance(topic, partition, at, "it was restored", "jane"))
    return moved.was, moved.to


async def test_timers_are_listed_ahead(installation: Installation) -> None:
    assert await timers(installation.database_url, "audit", 5, datetime(2030, 1, 1, tzinfo=UTC)) == []
