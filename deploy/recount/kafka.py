"""All that lies on the doors, up to their present ends: no group, nothing committed, nothing changed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from deploy.recount.doors import READERS

_SIGN_IN = {
    "KAFKA_SECURITY_PROTOCOL": "security_protocol", "KAFKA_SASL_MECHANISM": "sasl_mechanism",
    "KAFKA_SASL_USERNAME": "sasl_plain_username", "KAFKA_SASL_PASSWORD": "sasl_plain_password",
}  # fmt: skip


def options(environment: Mapping[str, str]) -> dict[str, Any]:
    """How to reach Kafka and to sign in there, by the variables that the services go by. KeyError without servers."""
    chosen: dict[str, Any] = {"bootstrap_servers": environment["KAFKA_BOOTSTRAP_SERVERS"].split(",")}
    chosen |= {option: environment[name] for name, option in _SIGN_IN.items() if environment.get(name)}
    if str(chosen.get("security_protocol", "")).endswith("SSL"):
        from aiokafka.helpers import create_ssl_context  # noqa: PLC0415  only a TLS set-up pays for it

        files = {"cafile": "KAFKA_SSL_CAFILE", "certfile": "KAFKA_SSL_CERTFILE", "keyfile": "KAFKA_SSL_KEYFILE"}
        given = {name: environment.get(variable) for name, variable in files.items()}
        chosen["ssl_context"] = create_ssl_context(**given)
    return chosen


async def everything(prefix: str, chosen: Mapping[str, Any]) -> list[Any]:
    """Every record of the doors and of the clock, each partition's in order; of transactions what was committed."""
    from aiokafka import AIOKafkaConsumer, TopicPartition  # noqa: PLC0415  a file needs no Kafka

    consumer = AIOKafkaConsumer(
        group_id=None, enable_auto_commit=False, auto_offset_reset="none", isolation_level="read_committed", **chosen
    )
    await consumer.start()
    try:
        there = await consumer._client.fetch_all_metadata()  # noqa: SLF001  the public way knows assigned topics only
        names = [prefix + name for name in (*READERS, "clock")]
        every = [TopicPartition(name, number) for name in names for number in there.partitions_for_topic(name) or ()]
        if not every:
            return []
        consumer.assign(every)
        begins, ends = await consumer.beginning_offsets(every), await consumer.end_offsets(every)
        left = {one for one in every if begins[one] < ends[one]}
        for one in every:
            consumer.seek(one, begins[one])
        found: list[Any] = []
        while left:
            for one, records in (await consumer.getmany(*left, timeout_ms=200)).items():
                found += [record for record in records if record.offset < ends[one]]
            # The markers of a sender's transaction are passed without a word.
            left = {one for one in left if await consumer.position(one) < ends[one]}
        return found
    finally:
        await consumer.stop()
