"""What a batch of records unpacks to, within bounds and whole, where the client library unpacks it (rules 2 and 15).

A few kilobytes can unpack to hundreds of megabytes, and aiokafka unpacks a batch whole before it hands out its first
record. Kafka's `max.decompressed.message.bytes` bounds one record, never a batch. It also decodes the names of headers
itself: one that is no UTF-8, which a client written in C can send, would make every poll fail, of every partition, for
ever. So four names inside aiokafka 0.14 are ours, for every reader of the process, from the import of this module on:

- the codecs that its batches call, in C and in Python, which stop at the bound before they take the memory;
- `fetcher.MemoryRecords`, so that a batch that cannot be unpacked, and a record with such a name, yield what stands for
  them, and no poll fails for what somebody sent;
- `fetcher.FetchResult` and `consumer.Fetcher`, so that all the batches of one poll together stay within a bound.

`tests/unit/chassis/test_unpacking.py` fails when a version of aiokafka no longer comes by these places. The bounds are
no settings: what stands for a record must be the same whoever reads it, and whenever (rules 3 and 16).
"""

import sys
from collections.abc import Iterator
from hashlib import blake2b
from typing import Any, NamedTuple

import msgspec
from aiokafka import AIOKafkaConsumer
from aiokafka.consumer import consumer, fetcher
from aiokafka.errors import UnsupportedCodecError
from aiokafka.record import default_records, legacy_records
from aiokafka.record import memory_records as plain
from aiokafka.record.util import decode_varint

from shared.chassis.delivery.kafka.codecs import BATCH_MAX_BYTES, BOUNDED
from shared.chassis.delivery.records.cloudevents import UNREADABLE_BATCH, UNREADABLE_NAME

POLL_MAX_BYTES = 2 * BATCH_MAX_BYTES
_LOG_OVERHEAD = 12
_LENGTH = slice(8, 12)
_CHECKED = 21
"""Where the checksum of a batch begins to count: what comes before is the broker's alone."""


class StandIn(NamedTuple):
    """What stands for a record that cannot be had, as the client library's own records look."""

    offset: int
    timestamp: int
    timestamp_type: int
    value: bytes
    key: bytes | None = None
    checksum: None = None
    headers: tuple[tuple[str, bytes | None], ...] = ((UNREADABLE_BATCH, None),)


class Purse:
    """How much may still be unpacked in this poll."""

    def __init__(self) -> None:
        """Be full."""
        self.left = POLL_MAX_BYTES

    def refill(self) -> None:
        """Another poll begins."""
        self.left = POLL_MAX_BYTES


_purse = Purse()


class Batches:
    """The batches of an answer to a fetch, in order. After the first they stop where the poll's purse is empty.

    A log reader that takes one batch after the other, and keeps none, needs no purse.
    """

    def __init__(self, packed: bytes, purse: Purse | None = _purse) -> None:
        """Unpack nothing yet."""
        self._packed = memoryview(packed)
        self._batches = plain.MemoryRecords(packed)
        self._purse = purse
        self._at = 0

    def size_in_bytes(self) -> int:
        return int(self._batches.size_in_bytes())

    def has_next(self) -> bool:
        spent = bool(self._at) and self._purse is not None and self._purse.left <= 0
        return not spent and bool(self._batches.has_next())

    def next_batch(self) -> Any:
        """The next batch, which yields something for each of its records."""
        batch: Any = self._batches.next_batch()
        if batch is None:
            return None
        begins = self._at
        self._at += _LOG_OVERHEAD + int.from_bytes(self._packed[begins:][_LENGTH], "big")
        if batch.magic < 2 or batch.is_control_batch:  # noqa: PLR2004  formats before 2017
            return batch
        return _Batch(batch, self._packed[begins : self._at])


class _Batch:
    """A batch: its records, or what stands for each that cannot be had."""

    def __init__(self, batch: Any, packed: memoryview) -> None:
        self._batch = batch
        self._packed = packed

    def __getattr__(self, name: str) -> Any:
        return getattr(self._batch, name)

    def __iter__(self) -> Iterator[Any]:
        """What a codec says of bytes whose checksum is right it will say again, however often it is asked."""
        begins = self._batch.base_offset
        batch = self._batch
        while True:
            try:
                for record in batch:
                    if record.offset >= begins:
                        yield record
                        begins = record.offset + 1
            except (UnsupportedCodecError, MemoryError):
                raise  # a codec that this installation lacks; nothing of the packing
            except Exception as error:  # noqa: BLE001  zlib, cramjam, struct and aiokafka each have errors of their own
                if batch is self._batch and _is_of_a_name(error):
                    batch = _WithAnyNames(self._packed)
                    continue
                yield from self._stand_ins(begins)
            return

    def _stand_ins(self, begins: int) -> Iterator[StandIn]:
        batch = self._batch
        said = msgspec.json.encode(
            {
                "first_offset": batch.base_offset,
                "last_offset": batch.next_offset - 1,
                "packed_bytes": len(self._packed),
                "blake2b_128": blake2b(self._packed[_CHECKED:], digest_size=16).hexdigest(),
            }
        )
        for offset in range(begins, batch.next_offset):
            yield StandIn(offset, batch.max_timestamp, batch.timestamp_type, said)


_WrittenInPython: Any = default_records._DefaultRecordBatchPy  # noqa: SLF001  the one that says where it stands


class _WithAnyNames(_WrittenInPython):  # type: ignore[misc]
    """A batch, read again more slowly: something stands for each record that has a header whose name is no UTF-8."""

    _pos: int

    def _read_msg(self, *_: Any) -> Any:
        begins = self._pos
        try:
            return super()._read_msg()
        except UnicodeDecodeError:
            length, starts = decode_varint(self._buffer, begins)
            _, at = decode_varint(self._buffer, starts)
            _, at = decode_varint(self._buffer, at)
            after, _ = decode_varint(self._buffer, at)
            self._pos = starts + length
            return StandIn(self.base_offset + after, 0, 0, b"", headers=((UNREADABLE_NAME, None),))


def _is_of_a_name(error: BaseException | None) -> bool:
    """Whether it is the name of a header that does not decode, as batches in C say it, or those in Python."""
    return isinstance(error, UnicodeDecodeError) or (error is not None and _is_of_a_name(error.__cause__))


class _Turn(fetcher.FetchResult):  # type: ignore[misc]  # aiokafka has no types
    """What one partition has for a poll: nothing, and all of it the next time, once others have emptied the purse."""

    def getall(self, max_records: int | None = None) -> list[Any]:
        found: list[Any] = super().getall(max_records) if _purse.left > 0 else []
        return found


class _Fetcher(consumer.Fetcher):  # type: ignore[misc]
    """A poll begins with a full purse."""

    async def fetched_records(self, *partitions: Any, **options: Any) -> Any:
        _purse.refill()
        return await super().fetched_records(*partitions, **options)

    async def next_record(self, *partitions: Any) -> Any:
        _purse.refill()
        return await super().next_record(*partitions)


class BoundedConsumer(AIOKafkaConsumer):  # type: ignore[misc]
    """A reader whose batches unpack within bounds; every reader of ours is one, or FastStream's own."""


def _bound() -> None:
    fetcher.MemoryRecords = Batches
    fetcher.FetchResult = _Turn
    consumer.Fetcher = _Fetcher
    for module in places():
        for name, decode in BOUNDED.items():
            setattr(module, name, _paying(decode))


def places() -> list[Any]:
    """The modules whose batches unpack: those written in Python, and those in C where these are what is used."""
    used = (default_records.DefaultRecordBatch, legacy_records.LegacyRecordBatch)
    written_in_c = [sys.modules[batch.__module__] for batch in used if batch.__module__ in sys.modules]
    return [default_records, legacy_records, *written_in_c]


def _paying(decode: Any) -> Any:
    def decoded(packed: Any) -> bytes:
        unpacked: bytes = decode(packed)
        _purse.left -= len(unpacked)
        return unpacked

    return decoded


_bound()
