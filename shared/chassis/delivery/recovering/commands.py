"""What a person's command changes in a service's tables, done by the command and done again after a restore."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any

from shared.chassis.delivery.applying import breaker
from shared.chassis.delivery.applying.journal import append_command
from shared.chassis.postgres.database import Connection

_DISCARD = "DELETE FROM held WHERE topic = $1 AND partition = $2 AND record_offset = $3 RETURNING case_key, record_key"
_RELEASE = "UPDATE held SET retry = true WHERE parked AND topic = $1 AND record_key = $2"
_ON_KEY = """
SELECT FROM held
WHERE parked AND (topic, record_key) IN
  (SELECT topic, record_key FROM held WHERE topic = $1 AND partition = $2 AND record_offset = $3)
ORDER BY id FOR UPDATE
"""
_STIR = "UPDATE cases SET version = version + 1 WHERE key = $1"
_RETRY = """
UPDATE held SET retry = true
WHERE parked AND ($1::text IS NULL OR (topic, partition, record_offset) = ($1, $2, $3))
"""
_POSITION = """
INSERT INTO positions (topic, partition, next_offset, fingerprint, last_offset, topic_id)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (topic, partition) DO UPDATE SET next_offset = excluded.next_offset, fingerprint = excluded.fingerprint,
  last_offset = excluded.last_offset, topic_id = excluded.topic_id
"""
_FORGET = "DELETE FROM positions WHERE topic = $1 AND partition = $2"
GIVE_UP = """
INSERT INTO given_up (at, topic, partition, from_offset, to_offset, records, exact, reason, why, who)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
"""
_CORRECT = """
INSERT INTO clock_corrections (topic, partition, from_offset, to_offset, ahead_ms, at, why, who)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (topic, partition, from_offset) DO UPDATE SET to_offset = excluded.to_offset, ahead_ms = excluded.ahead_ms,
  at = excluded.at, why = excluded.why, who = excluded.who
"""
_GO_ON = "DELETE FROM clock_stops WHERE topic = $1 AND partition = $2"


async def carry_out(connection: Connection, what: Mapping[str, Any], prefix: str) -> None:
    """Do what a person has asked for and write it into the journal, in the transaction that is open.

    `what` has one key, which names the command, and its arguments; see `redo`. It names no person it is about.
    """
    await redo(connection, what, prefix)
    await append_command(connection, dict(what))


async def redo(connection: Connection, what: Mapping[str, Any], prefix: str) -> None:
    """Do what a command did. Raises KeyError for a command that this version does not know.

    `discarded` {topic, partition, offset}; `retried` the same or {} for all; `breaker_closed` {}; `position` {topic,
    partition, next_offset, fingerprint, last_offset, topic_id} with `given_up`, a row of that table, or None;
    `forgotten` {topic, partition, given_up}, of a partition that is not in Kafka; `given_up`, such a row by itself, of
    records of the journal that are no entries; `clock_corrected`, a row of that table; `token_revoked` {id}, which is
    the administrator's alone to do again.
    """
    ((name, arguments),) = what.items()
    await _COMMANDS[name](connection, arguments, prefix)


async def _discarded(connection: Connection, what: Mapping[str, Any], _: str) -> None:
    place = what["topic"], what["partition"], what["offset"]
    await connection.execute(_ON_KEY, *place)  # in the order in which a batch that parks behind them locks them
    row = await connection.fetchrow(_DISCARD, *place)
    if row is None:
        return
    await connection.execute(_RELEASE, what["topic"], row["record_key"])
    if row["case_key"] is not None:
        await connection.execute(_STIR, row["case_key"])


async def _retried(connection: Connection, what: Mapping[str, Any], _: str) -> None:
    await connection.execute(_RETRY, what.get("topic"), what.get("partition"), what.get("offset"))


async def _breaker_closed(connection: Connection, _what: Mapping[str, Any], _: str) -> None:
    await breaker.close(connection)


async def _position(connection: Connection, what: Mapping[str, Any], prefix: str) -> None:
    print_of = what["fingerprint"]
    await connection.execute(
        _POSITION, prefix + what["topic"], what["partition"], what["next_offset"],
        None if print_of is None else bytes.fromhex(print_of), what["last_offset"], what["topic_id"],
    )  # fmt: skip
    if (lost := what.get("given_up")) is not None:
        await _given_up(connection, lost, prefix)


async def _forgotten(connection: Connection, what: Mapping[str, Any], prefix: str) -> None:
    await connection.execute(_FORGET, prefix + what["topic"], what["partition"])
    await connection.execute(_GO_ON, what["topic"], what["partition"])
    await _given_up(connection, what["given_up"], prefix)


async def _given_up(connection: Connection, lost: Mapping[str, Any], _: str) -> None:
    await connection.execute(
        GIVE_UP, _instant(lost["at"]), lost["topic"], lost["partition"], lost["from_offset"], lost["to_offset"],
        lost["records"], lost["exact"], lost["reason"], lost["why"], lost["who"],
    )  # fmt: skip


async def _clock_corrected(connection: Connection, what: Mapping[str, Any], _: str) -> None:
    await connection.execute(
        _CORRECT, what["topic"], what["partition"], what["from_offset"], what["to_offset"], what["ahead_ms"],
        _instant(what["at"]), what["why"], what["who"],
    )  # fmt: skip
    await connection.execute(_GO_ON, what["topic"], what["partition"])


async def _token_revoked(_connection: Connection, _what: Mapping[str, Any], _: str) -> None:
    """A service may not touch tokens: `section42 restore` revokes it again."""


def _instant(text: Any) -> datetime:
    return text if isinstance(text, datetime) else datetime.fromisoformat(text)


_COMMANDS: Mapping[str, Callable[[Connection, Mapping[str, Any], str], Awaitable[None]]] = {
    "discarded": _discarded,
    "retried": _retried,
    "breaker_closed": _breaker_closed,
    "position": _position,
    "forgotten": _forgotten,
    "given_up": _given_up,
    "clock_corrected": _clock_corrected,
    "token_revoked": _token_revoked,
}
