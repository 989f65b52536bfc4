"""Requests of Kafka's protocol that the client library has no call for: the ids of topics, and who writes in them.

They are what Kafka calls flexible: lengths are variable, and each part ends with tagged fields.
"""

from io import BytesIO
from typing import Any
from uuid import UUID

from aiokafka.protocol.abstract import AbstractType
from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.types import (
    Boolean,
    CompactArray,
    CompactString,
    Int16,
    Int32,
    Int64,
    Schema,
    TaggedFields,
)

NO_ID = UUID(int=0)
"""What a Kafka says that gives its topics no ids."""
_TEXT = CompactString("utf-8")
_TAGS = ("tags", TaggedFields)


class _Uuid(AbstractType):  # type: ignore[misc]  # aiokafka has no types
    """Sixteen bytes."""

    @classmethod
    def encode(cls, value: UUID) -> bytes:
        return value.bytes

    @classmethod
    def decode(cls, data: BytesIO) -> UUID:
        return UUID(bytes=data.read(16))


class _MetadataResponse(Response):  # type: ignore[misc]
    API_KEY = 3
    API_VERSION = 12
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        ("brokers", CompactArray(("node_id", Int32), ("host", _TEXT), ("port", Int32), ("rack", _TEXT), _TAGS)),
        ("cluster_id", _TEXT),
        ("controller_id", Int32),
        ("topics", CompactArray(
            ("error_code", Int16), ("name", _TEXT), ("topic_id", _Uuid), ("is_internal", Boolean),
            ("partitions", CompactArray(
                ("error_code", Int16), ("partition", Int32), ("leader", Int32), ("leader_epoch", Int32),
                ("replicas", CompactArray(Int32)), ("isr", CompactArray(Int32)), ("offline", CompactArray(Int32)),
                _TAGS,
            )),
            ("topic_authorized_operations", Int32), _TAGS,
        )),
        _TAGS,
    )  # fmt: skip


class _MetadataStruct(RequestStruct):  # type: ignore[misc]
    API_KEY = 3
    API_VERSION = 12
    FLEXIBLE_VERSION = True
    RESPONSE_TYPE = _MetadataResponse
    SCHEMA = Schema(
        ("topics", CompactArray(("topic_id", _Uuid), ("name", _TEXT), _TAGS)),
        ("allow_auto_topic_creation", Boolean),
        ("include_topic_authorized_operations", Boolean),
        _TAGS,
    )


class TopicIdsRequest(Request[_MetadataStruct]):  # type: ignore[misc]
    """Which topics of these there are, and under which id of Kafka's own; makes none."""

    API_KEY = 3

    def __init__(self, topics: list[str]) -> None:
        """By their full names."""
        self._topics = topics

    def build(self, request_struct_class: Any) -> Any:
        return request_struct_class([(NO_ID, topic, {}) for topic in self._topics], False, False, {})  # noqa: FBT003


class _ProducersResponse(Response):  # type: ignore[misc]
    API_KEY = 61
    API_VERSION = 0
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        ("topics", CompactArray(
            ("name", _TEXT),
            ("partitions", CompactArray(
                ("partition", Int32), ("error_code", Int16), ("error_message", _TEXT),
                ("producers", CompactArray(
                    ("producer_id", Int64), ("producer_epoch", Int32), ("last_sequence", Int32),
                    ("last_timestamp", Int64), ("coordinator_epoch", Int32), ("transaction_start_offset", Int64),
                    _TAGS,
                )),
                _TAGS,
            )),
            _TAGS,
        )),
        _TAGS,
    )  # fmt: skip


class _ProducersStruct(RequestStruct):  # type: ignore[misc]
    API_KEY = 61
    API_VERSION = 0
    FLEXIBLE_VERSION = True
    RESPONSE_TYPE = _ProducersResponse
    SCHEMA = Schema(("topics", CompactArray(("name", _TEXT), ("partitions", CompactArray(Int32)), _TAGS)), _TAGS)


class ProducersRequest(Request[_ProducersStruct]):  # type: ignore[misc]
    """Who writes to a partition, and from which offset on their transaction is open; a partition's leader knows."""

    API_KEY = 61

    def __init__(self, topic: str, partition: int) -> None:
        """By the topic's full name."""
        self._topic, self._partition = topic, partition

    def build(self, request_struct_class: Any) -> Any:
        return request_struct_class([(self._topic, [self._partition], {})], {})


class _TransactionsResponse(Response):  # type: ignore[misc]
    API_KEY = 66
    API_VERSION = 0
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        ("error_code", Int16),
        ("unknown_states", CompactArray(_TEXT)),
        ("transactions", CompactArray(("transactional_id", _TEXT), ("producer_id", Int64), ("state", _TEXT), _TAGS)),
        _TAGS,
    )


class _TransactionsStruct(RequestStruct):  # type: ignore[misc]
    API_KEY = 66
    API_VERSION = 0
    FLEXIBLE_VERSION = True
    RESPONSE_TYPE = _TransactionsResponse
    SCHEMA = Schema(("states", CompactArray(_TEXT)), ("producer_ids", CompactArray(Int64)), _TAGS)


class TransactionsRequest(Request[_TransactionsStruct]):  # type: ignore[misc]
    """The transactions of these producers that a broker coordinates."""

    API_KEY = 66

    def __init__(self, producer_ids: list[int]) -> None:
        """By Kafka's own numbers."""
        self._producer_ids = producer_ids

    def build(self, request_struct_class: Any) -> Any:
        return request_struct_class([], self._producer_ids, {})


class _TransactionResponse(Response):  # type: ignore[misc]
    API_KEY = 65
    API_VERSION = 0
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        ("transactions", CompactArray(
            ("error_code", Int16), ("transactional_id", _TEXT), ("state", _TEXT), ("timeout_ms", Int32),
            ("start_time_ms", Int64), ("producer_id", Int64), ("producer_epoch", Int16),
            ("topics", CompactArray(("name", _TEXT), ("partitions", CompactArray(Int32)), _TAGS)),
            _TAGS,
        )),
        _TAGS,
    )  # fmt: skip


class _TransactionStruct(RequestStruct):  # type: ignore[misc]
    API_KEY = 65
    API_VERSION = 0
    FLEXIBLE_VERSION = True
    RESPONSE_TYPE = _TransactionResponse
    SCHEMA = Schema(("transactional_ids", CompactArray(_TEXT)), _TAGS)


class TransactionRequest(Request[_TransactionStruct]):  # type: ignore[misc]
    """Since when a transaction is open; the broker that coordinates it knows."""

    API_KEY = 65

    def __init__(self, transactional_ids: list[str]) -> None:
        """By the names that their senders gave."""
        self._transactional_ids = transactional_ids

    def build(self, request_struct_class: Any) -> Any:
        return request_struct_class(self._transactional_ids, {})
