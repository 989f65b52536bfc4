"""The one subscription of a service: every option that decides what is lost or kept is said here (libraries 1.1)."""

from collections.abc import Collection
from typing import Any

from aiokafka import ConsumerRebalanceListener
from faststream import AckPolicy
from faststream.kafka import KafkaBroker
from faststream.kafka.message import KafkaAckableMessage

from shared.chassis.process.settings import Settings


def subscribe(
    broker: KafkaBroker,
    settings: Settings,
    service: str,
    topics: Collection[str],
    listener: ConsumerRebalanceListener,
) -> Any:
    """Declare the subscriber of these topics; what it is called with handles a batch."""
    session_ms = settings.session_timeout_ms
    return broker.subscriber(
        *topics,
        batch=True,
        max_records=settings.batch_max_records,
        batch_timeout_ms=settings.batch_timeout_ms,
        group_id=f"{settings.topic_prefix}{service}",
        group_instance_id=settings.instance or None,
        ack_policy=AckPolicy.MANUAL,
        auto_offset_reset="earliest",
        session_timeout_ms=session_ms,
        heartbeat_interval_ms=max(session_ms // 6, 100),
        rebalance_timeout_ms=30_000,
        max_poll_interval_ms=600_000,
        fetch_max_bytes=8 * 1024 * 1024,
        max_partition_fetch_bytes=1024 * 1024,
        isolation_level="read_committed",
        listener=listener,
        parser=_untouched,
        decoder=_records,
    )


async def _untouched(records: Any) -> KafkaAckableMessage:
    """FastStream's parser reads headers first and drops what it cannot read; this one touches nothing."""
    return KafkaAckableMessage(body=b"", headers={}, raw_message=records, consumer=None)


async def _records(message: KafkaAckableMessage) -> Any:
    return message.raw_message
