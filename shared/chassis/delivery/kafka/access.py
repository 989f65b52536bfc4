"""Whether Kafka lets us in and has our topics; what stands in the way is one line that says what to do.

Asked over a connection of its own before we join a group: the client library says none of this, and waits for ever.
"""

import asyncio
import ssl
from collections.abc import Collection
from typing import Any

from aiokafka.cluster import ClusterMetadata
from aiokafka.conn import AIOKafkaConnection, collect_hosts, create_conn
from aiokafka.errors import (
    AuthenticationFailedError,
    AuthenticationMethodNotSupported,
    KafkaError,
    SaslAuthenticationFailed,
    UnsupportedSaslMechanismError,
)
from aiokafka.protocol.metadata import MetadataRequest

from shared.chassis.process.blame import named
from shared.chassis.process.settings import KafkaSettings

PATIENCE_S = 5.0
_DENIED = (AuthenticationFailedError, SaslAuthenticationFailed)
_NOT_THIS_WAY = (AuthenticationMethodNotSupported, UnsupportedSaslMechanismError)


async def obstacle(kafka: KafkaSettings, topics: Collection[str], prefix: str) -> str:
    """What keeps us from reading these topics, or nothing: host, principal and what failed."""
    said = "KAFKA_BOOTSTRAP_SERVERS names no broker"
    for host, port, _ in collect_hosts(",".join(kafka.bootstrap_servers)):
        where = f"{host}:{port}"
        try:
            connection = await _connected(kafka, host, port)
        except Exception as error:  # noqa: BLE001  whatever it is, it is said, and the next host is asked
            said = _refusal(kafka, where, error)
            continue
        try:
            return await _asked(connection, kafka, where, sorted(topics), prefix)
        except (KafkaError, OSError, TimeoutError) as error:
            said = f"Kafka at {where} does not say which topics it has ({named(error)})"
        finally:
            connection.close()
    return said


async def _asked(
    connection: AIOKafkaConnection, kafka: KafkaSettings, where: str, topics: list[str], prefix: str
) -> str:
    async with asyncio.timeout(PATIENCE_S):
        answer = await connection.send(MetadataRequest(topics))
    cluster = ClusterMetadata()
    cluster.update_metadata(answer)
    short = len(prefix)
    if denied := sorted(topic[short:] for topic in topics if topic in cluster.unauthorized_topics):
        return f"Kafka at {where} does not let {_principal(kafka)} read {', '.join(denied)}: give it the right to"
    if missing := [topic[short:] for topic in topics if not cluster.partitions_for_topic(topic)]:
        return f"not in Kafka at {where}: {', '.join(missing)}: run `section42 topics`"
    unreached = ""
    for host, port in ((broker.host, broker.port) for broker in cluster.brokers()):
        try:
            (await _connected(kafka, host, port)).close()
        except Exception as error:  # noqa: BLE001  one of several may be away: the others serve
            refusal = _refusal(kafka, f"{host}:{port}", error)
            unreached = f"{refusal}; it is where Kafka at {where} says to go (advertised.listeners)"
        else:
            return ""
    return unreached


async def _connected(kafka: KafkaSettings, host: str, port: int) -> AIOKafkaConnection:
    async with asyncio.timeout(PATIENCE_S):
        return await create_conn(host, port, client_id="section42-knocking", **kafka.security)


def _refusal(kafka: KafkaSettings, where: str, error: Exception) -> str:
    if isinstance(error, _DENIED):
        return (
            f"Kafka at {where} does not let {_principal(kafka)} in: "
            "see KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD"
        )  # fmt: skip
    if isinstance(error, _NOT_THIS_WAY):
        return f"Kafka at {where} knows no {kafka.security.get('sasl_mechanism')}: see KAFKA_SASL_MECHANISM"
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"Kafka at {where} shows a certificate that KAFKA_SSL_CAFILE does not vouch for"
    if isinstance(error, ssl.SSLError):
        return f"Kafka at {where} does not speak TLS, or not ours ({error.reason}): see KAFKA_SECURITY_PROTOCOL"
    if isinstance(error, TimeoutError):
        return f"Kafka at {where} does not answer within {PATIENCE_S:.0f} s"
    return f"Kafka at {where} cannot be reached as {_principal(kafka)} ({_kind(error)}): see KAFKA_BOOTSTRAP_SERVERS"


def _kind(error: Any) -> str:
    """The plain cause; the client library wraps it."""
    cause = error.__cause__ or error.__context__
    return type(cause if isinstance(cause, OSError) else error).__name__


def _principal(kafka: KafkaSettings) -> str:
    return str(kafka.security.get("sasl_plain_username") or "anybody without a name")
