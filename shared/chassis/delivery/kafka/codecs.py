"""Kafka's four codecs, each of which stops at a bound before it has taken the memory."""

import mmap
import struct
import threading
import zlib
from collections.abc import Callable, Mapping
from typing import Any

import cramjam

BATCH_MAX_BYTES = 8 * 1024 * 1024
"""What a batch may unpack to: eight times the largest fact, and more than a sender's client packs of its own accord.

A door takes as much unpacked (`shared/contracts/topics.py`)."""
_XERIAL = b"\x82SNAPPY\x00"
_XERIAL_HEADER_BYTES = 16


class UnpacksTooLargeError(ValueError):
    """It unpacks to more than a batch may."""


class _Scratch(threading.local):
    """Where a codec unpacks to: one a thread, and no more of it in memory than was once needed."""

    def __init__(self) -> None:
        self.room = mmap.mmap(-1, BATCH_MAX_BYTES)


_scratch = _Scratch()


def gzip_decode(packed: Any) -> bytes:
    """One gzip member after the other."""
    unpacked = bytearray()
    rest = bytes(packed)
    while rest:
        member = zlib.decompressobj(wbits=31)
        unpacked += member.decompress(rest, BATCH_MAX_BYTES + 1 - len(unpacked))
        if len(unpacked) > BATCH_MAX_BYTES:
            raise UnpacksTooLargeError
        if not member.eof:
            raise EOFError("a gzip member ends too soon")
        rest = member.unused_data.lstrip(b"\0")
    return bytes(unpacked)


def snappy_decode(packed: Any) -> bytes:
    """A raw block, or the blocks of the Java library, each with the length it says it has unpacked."""
    rest = memoryview(bytes(packed))
    if bytes(rest[: len(_XERIAL)]) != _XERIAL:
        return _snappy_block(rest, BATCH_MAX_BYTES)
    unpacked = bytearray()
    rest = rest[_XERIAL_HEADER_BYTES:]
    while rest:
        (length,) = struct.unpack_from(">i", rest)
        if not 0 < length <= len(rest) - 4:
            raise EOFError("a snappy block ends too soon")
        unpacked += _snappy_block(rest[4 : 4 + length], BATCH_MAX_BYTES - len(unpacked))
        rest = rest[4 + length :]
    return bytes(unpacked)


def _snappy_block(block: memoryview, room: int) -> bytes:
    if cramjam.snappy.decompress_raw_len(block) > room:
        raise UnpacksTooLargeError
    return bytes(cramjam.snappy.decompress_raw(block))


def lz4_decode(packed: Any) -> bytes:
    """Frames of LZ4."""
    return _into_scratch(cramjam.lz4.decompress_into, packed)


def zstd_decode(packed: Any) -> bytes:
    """Frames of Zstandard."""
    return _into_scratch(cramjam.zstd.decompress_into, packed)


def _into_scratch(decompress_into: Callable[[Any, Any], int], packed: Any) -> bytes:
    return _scratch.room[: decompress_into(packed, _scratch.room)]


BOUNDED: Mapping[str, Callable[[Any], bytes]] = {
    "gzip_decode": gzip_decode,
    "snappy_decode": snappy_decode,
    "lz4_decode": lz4_decode,
    "zstd_decode": zstd_decode,
}
"""Each by the name it has in the client library."""
