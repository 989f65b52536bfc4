"""A batch unpacks to so much and no more, wherever aiokafka unpacks it, and its records are answered all the same.

Each test here goes through aiokafka's own classes: a version that unpacks somewhere else, or calls by other names,
fails here first (delivery rule 15).
"""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from typing import Any

import cramjam
import msgspec
import pytest
from aiokafka import TopicPartition
from aiokafka.codec import gzip_encode, lz4_encode, snappy_encode, zstd_encode
from aiokafka.consumer import consumer, fetcher
from aiokafka.record import default_records
from aiokafka.record import memory_records as plain
from aiokafka.record.default_records import DefaultRecordBatchBuilder

from shared.chassis.delivery.kafka import codecs, unpacking
from shared.chassis.delivery.kafka.codecs import BATCH_MAX_BYTES
from shared.chassis.delivery.kafka.unpacking import POLL_MAX_BYTES, Batches
from shared.chassis.delivery.records.cloudevents import UNREADABLE_BATCH, open_envelope, stands_in
from shared.chassis.delivery.records.reasons import Unreadable

GZIP, SNAPPY, LZ4, ZSTD = 1, 2, 3, 4
CODECS = {"gzip": GZIP, "snappy": SNAPPY, "lz4": LZ4, "zstd": ZSTD}
ENCODED = {"gzip": gzip_encode, "snappy": snappy_encode, "lz4": lz4_encode, "zstd": zstd_encode}
RECORD = bytes(512 * 1024)
OVER = BATCH_MAX_BYTES // len(RECORD) + 1
WHERE = TopicPartition("concern-reports", 3)


def batch(codec: int, records: list[bytes], *, first: int = 0, headers: list[Any] | None = None) -> bytes:
    """A batch as a producer packs it, at its place in the log."""
    builder = DefaultRecordBatchBuilder(
        2, codec, is_transactional=False, producer_id=-1, producer_epoch=-1, base_sequence=-1, batch_size=1 << 30
    )
    for offset, value in enumerate(records):
        builder.append(offset, 1_700_000_000_000, b"key", value, headers[offset] if headers else [])
    return first.to_bytes(8, "big") + bytes(builder.build())[8:]


def records(packed: bytes, at: int = 0, purse: Any = None) -> Iterator[Any]:
    """What aiokafka's fetcher would hand out of an answer."""
    return iter(
        fetcher.PartitionRecords(
            WHERE, Batches(packed, purse), [], at, None, None, check_crcs=True, isolation_level=fetcher.READ_COMMITTED
        )
    )


@pytest.mark.parametrize("name", CODECS)
def test_what_is_within_bounds_is_read_as_ever(name: str) -> None:
    sent = [b"one", RECORD, b"three"]

    assert [record.value for record in records(batch(CODECS[name], sent))] == sent


@pytest.mark.parametrize("name", CODECS)
def test_a_codec_unpacks_what_aiokafka_packs(name: str) -> None:
    for said in (b"", b"x", b"words " * 20_000, RECORD):
        assert codecs.BOUNDED[f"{name}_decode"](ENCODED[name](said)) == said


def test_a_codec_unpacks_what_other_clients_pack() -> None:
    said = b"words " * 20_000

    assert codecs.snappy_decode(snappy_encode(said, xerial_compatible=False)) == said
    assert codecs.gzip_decode(gzip_encode(said) + gzip_encode(said)) == said + said
    assert codecs.lz4_decode(bytes(cramjam.lz4.compress(said)) * 2) == said + said
    assert codecs.zstd_decode(bytes(cramjam.zstd.compress(said)) * 2) == said + said


@pytest.mark.parametrize("name", CODECS)
def test_a_batch_over_the_bound_is_answered_record_by_record_and_what_lies_beside_it_is_read(name: str) -> None:
    good, bomb = batch(ZSTD, [b"before"], first=10), batch(CODECS[name], [RECORD] * OVER, first=11)
    after = batch(0, [b"after"], first=11 + OVER)

    before, *stand_ins, last = records(good + bomb + after, at=10)

    assert (before.value, last.value, last.offset) == (b"before", b"after", 11 + OVER)
    assert [record.offset for record in stand_ins] == list(range(11, 11 + OVER))
    for record in stand_ins:
        with pytest.raises(Unreadable) as unreadable:
            open_envelope(record)
        assert [reason.code for reason in unreadable.value.reasons] == ["batch_not_unpacked"]
    described = msgspec.json.decode(stand_ins[0].value)
    assert described.items() >= {"first_offset": 11, "last_offset": 10 + OVER, "packed_bytes": len(bomb)}.items()
    assert {record.value for record in stand_ins} == {stand_ins[0].value}


def test_reading_on_in_the_middle_of_it_says_the_same() -> None:
    bomb = batch(ZSTD, [RECORD] * OVER, first=5)
    whole = list(records(bomb, at=5))

    assert list(records(bomb, at=9)) == whole[4:]
    assert all(name == UNREADABLE_BATCH for record in whole for name, _ in record.headers)


@pytest.mark.parametrize("name", CODECS)
def test_no_memory_is_taken_for_what_will_not_be_read(name: str) -> None:
    many = 40 if name == "snappy" else 200
    bomb = batch(CODECS[name], [RECORD] * many)
    tracemalloc.start()
    try:
        found = sum(1 for _ in records(bomb))
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert found == many
    assert most < 3 * BATCH_MAX_BYTES


def test_a_snappy_block_that_says_it_is_four_gigabytes_is_not_believed() -> None:
    with pytest.raises(codecs.UnpacksTooLargeError):
        codecs.snappy_decode(b"\xff\xff\xff\xff\x0f" + b"x" * 20)


@pytest.mark.parametrize("name", CODECS)
def test_both_kinds_of_batch_in_aiokafka_stop_at_the_bound(name: str) -> None:
    """It has its batches in C and in Python; where the one in C was not built the other is used."""
    bomb = batch(CODECS[name], [RECORD] * OVER)

    for kind in (default_records.DefaultRecordBatch, default_records._DefaultRecordBatchPy):
        with pytest.raises((codecs.UnpacksTooLargeError, cramjam.DecompressionError)):
            next(iter(kind(bomb)))


@pytest.mark.parametrize("name", CODECS)
def test_what_is_no_packing_at_all_is_answered_too(name: str) -> None:
    """A broker looks into what it takes; whether it reads as our client does is not for a sender to find out."""
    good = batch(CODECS[name], [b"one", b"two"], first=7)
    junk = bytearray(good)
    junk[61:] = b"\x07" * (len(good) - 61)
    junk[17:21] = default_records.calc_crc32c(bytes(junk[21:])).to_bytes(4, "big")

    found = list(records(bytes(junk), at=7))

    assert [record.offset for record in found] == [7, 8]
    assert all(name == UNREADABLE_BATCH for record in found for name, _ in record.headers)


def test_a_batch_that_was_damaged_on_its_way_is_asked_for_again() -> None:
    damaged = bytearray(batch(ZSTD, [b"one"]))
    damaged[-1] ^= 1

    with pytest.raises(fetcher.Errors.CorruptRecordException):
        next(records(bytes(damaged)))


def test_a_batch_that_goes_wrong_half_way_keeps_what_was_read() -> None:
    whole = batch(0, [b"one", b"two", b"three"], first=0)
    inside = bytearray(whole[61:])
    at = bytes(inside).index(b"two") + 3
    inside[at:] = inside[at:].replace(b"three", b"thr")
    packed = bytearray(whole[:61]) + gzip_encode(bytes(inside))
    packed[8:12] = (len(packed) - 12).to_bytes(4, "big")
    packed[22] |= GZIP
    packed[17:21] = default_records.calc_crc32c(bytes(packed[21:])).to_bytes(4, "big")

    one, two, three = records(bytes(packed))

    assert (one.value, two.value, three.offset) == (b"one", b"two", 2)
    assert [name for name, _ in three.headers] == [UNREADABLE_BATCH]


@pytest.mark.parametrize("written_in", ["C", "Python"])
@pytest.mark.parametrize("codec", [0, *CODECS.values()])
def test_a_record_with_a_name_that_is_no_utf_8_is_stood_in_for_and_those_around_it_are_read(
    codec: int, written_in: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No poll fails for it: whose turn it is, and what a fetch brings beside it, is nobody's concern."""
    if written_in == "Python":
        monkeypatch.setattr(plain, "MemoryRecords", plain._MemoryRecordsPy)
        monkeypatch.setattr(plain, "DefaultRecordBatch", default_records._DefaultRecordBatchPy)
    sent = [(name, f"{n}".encode()) for n, name in enumerate([b"ce_id", b"ce_\xff", b"ce_id", b"ce_\xfe", b"ce_\xfd"])]

    for at in range(7, 13):
        found = list(records(named_headers(codec, sent, first=7), at=at))

        assert [record.offset for record in found] == list(range(at, 12))
        assert [stands_in(record) for record in found] == [False, True, False, True, True][at - 7 :]
        assert [record.value for record in found] == [b"0", b"", b"2", b"", b""][at - 7 :]


def named_headers(codec: int, sent: list[tuple[bytes, bytes]], *, first: int) -> bytes:
    """A batch of records with one header each, of any name of one to nine bytes."""
    whole = bytearray(batch(0, [value for _, value in sent], first=first, headers=[[("ce_named!", b"1")]] * len(sent)))
    inside, at = bytes(whole[61:]), 0
    for name, _ in sent:
        at = inside.index(b"ce_named!", at)
        inside = inside[:at] + name.ljust(9, b"!") + inside[at + 9 :]
    encode = {GZIP: gzip_encode, SNAPPY: snappy_encode, LZ4: lz4_encode, ZSTD: zstd_encode}
    packed = whole[:61] + (encode[codec](inside) if codec else inside)
    packed[8:12] = (len(packed) - 12).to_bytes(4, "big")
    packed[22] |= codec
    packed[17:21] = default_records.calc_crc32c(bytes(packed[21:])).to_bytes(4, "big")
    return bytes(packed)


def test_a_poll_stops_at_the_batch_that_empties_the_purse_and_goes_on_there() -> None:
    each = batch(ZSTD, [RECORD] * 8)
    size = 8
    many = b"".join((size * n).to_bytes(8, "big") + each[8:] for n in range(20))
    purse = unpacking._purse
    at, polls = 0, 0

    while at < size * 20:
        purse.refill()
        found = list(records(many[len(each) * (at // size) :], at, purse))
        assert found[0].offset == at
        assert len(found) * len(RECORD) <= POLL_MAX_BYTES + BATCH_MAX_BYTES
        at, polls = found[-1].offset + 1, polls + 1

    assert polls > 3
    assert at == size * 20


def test_where_others_have_emptied_the_purse_a_partition_keeps_what_it_has() -> None:
    """Else the one that is looked at first would be served alone, for as long as it has something."""

    class Assigned:
        active = True
        position = 0
        paused = False

        def state_value(self, _: TopicPartition) -> Any:
            return self

        def consumed_to(self, offset: int) -> None:
            self.position = offset

    kept = fetcher.FetchResult(
        WHERE, assignment=Assigned(), partition_records=records(batch(ZSTD, [b"one"])), backoff=0
    )
    purse = unpacking._purse
    purse.left = 0
    assert (kept.getall(500), kept.has_more()) == ([], True)

    purse.refill()

    assert [record.value for record in kept.getall(500)] == [b"one"]


def test_aiokafka_comes_by_our_places() -> None:
    assert fetcher.MemoryRecords is Batches
    assert issubclass(consumer.Fetcher, fetcher.Fetcher)
    assert consumer.Fetcher is not fetcher.Fetcher
    assert fetcher.FetchResult.__module__ == unpacking.__name__
    for module in unpacking.places():
        for name in codecs.BOUNDED:
            if hasattr(module, name):
                assert getattr(module, name).__module__ == unpacking.__name__, (module, name)
