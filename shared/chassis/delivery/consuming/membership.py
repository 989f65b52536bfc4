"""An instance's membership of its group: it joins, is watched, joins again, leaves, and none of these waits unseen.

A client that cannot reach Kafka waits for ever, and says so to nobody. Here each attempt has a deadline, what stands in
the way is one line that `ready` shows, and the next attempt is a new client (delivery rule 19).
"""

import asyncio
import contextlib
from typing import Any

import structlog
from faststream.kafka import KafkaBroker

from shared.chassis.delivery.applying.transaction import Transactions
from shared.chassis.delivery.consuming.consumer import Consumer
from shared.chassis.delivery.kafka.access import obstacle
from shared.chassis.delivery.kafka.inside import read_with
from shared.chassis.delivery.kafka.polling import ServiceConsumer
from shared.chassis.process.blame import blame, named
from shared.chassis.process.errors import Misconfigured, NameTaken, Stopping
from shared.chassis.process.settings import Settings

log = structlog.get_logger()
_JOIN_S = 45.0
"""Longer than Kafka waits for a member that does not answer while the group comes to terms."""

_BETWEEN_S = 45.0
_LOOK_S = 0.5
_FIRST_PAUSE_S = 0.2
_LONGEST_PAUSE_S = 2.0
_LEAVE_MORE_S = 2.0


class NotJoined(Exception):
    """We are no member of our group, or no longer; the message says why."""


class Membership:
    """One consumer's way into its group and out of it, for as long as the process lives."""

    def __init__(self, settings: Settings, transactions: Transactions[Any], consumer: Consumer) -> None:
        """Join when run."""
        self._settings = settings
        self._transactions = transactions
        self._service = transactions.service
        self._consumer = consumer
        self._security = _security(settings)
        self._topics = [settings.topic_prefix + topic for topic in self._service.topics]
        self.waits_for = "starting"

    async def run(self) -> None:
        """Be a member until we are told to stop; then leave."""
        pause_s = _FIRST_PAUSE_S
        while not self._stopping():
            joined = False
            broker: KafkaBroker | None = None
            try:
                await self._may_join()
                broker = self._broker()
                await self._joined(broker)
                joined, self.waits_for = True, ""
                await self._until_it_ends()
            except Stopping:
                break
            except Exception as error:  # noqa: BLE001  whatever it was, the next attempt is a new client
                if self._stopping():
                    break
                self.waits_for = str(error) if isinstance(error, NotJoined) else f"Kafka ({named(error)})"
                log.warning("not_joined", service=self._service.name, reason=self.waits_for, **blame(error))
            finally:
                if broker is not None:
                    await self._leave(broker)
            pause_s = _FIRST_PAUSE_S if joined else min(2 * pause_s, _LONGEST_PAUSE_S)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._transactions.stopping.wait(), pause_s)
        self.waits_for = "stopping"

    def trouble(self) -> str:
        """What keeps us from being a member just now, or nothing."""
        if self.waits_for:
            return f"reads nothing: {self.waits_for}"
        between_s = self._consumer.group.shares_out_for_s()
        return f"reads nothing: the group has been sharing out anew for {between_s:.0f} s" if between_s > 1 else ""

    def _stopping(self) -> bool:
        return self._transactions.stopping.is_set()

    async def _may_join(self) -> None:
        """Join only once we could work: Kafka lets us in and has our topics, and our database knows us."""
        if found := await obstacle(self._settings.kafka, self._topics, self._settings.topic_prefix):
            raise NotJoined(found)
        self.waits_for = "the database to be where we may go on from"
        async with self._transactions.lock:
            await self._transactions.run(lambda connection: connection.execute("SELECT 1"))

    def _broker(self) -> KafkaBroker:
        settings = self._settings
        broker = KafkaBroker(
            list(settings.kafka.bootstrap_servers),
            client_id=f"section42-{self._service.name}",
            allow_auto_create_topics=False,
            consumer_only=True,
            graceful_timeout=settings.drain_timeout_s,
            apply_types=False,
            logger=None,
            **self._security,
        )
        self._consumer.subscribe(broker)
        return broker

    async def _joined(self, broker: KafkaBroker) -> None:
        self.waits_for = "the group to share out its partitions"
        await read_with(broker, ServiceConsumer)
        joining = asyncio.create_task(broker.start())
        stopping = asyncio.create_task(self._transactions.stopping.wait())
        try:
            await asyncio.wait({joining, stopping}, timeout=_JOIN_S, return_when=asyncio.FIRST_COMPLETED)
            if self._stopping():
                raise Stopping(self.waits_for)
            if not joining.done():
                raise NotJoined(f"the group has not let us in for {_JOIN_S:.0f} s: may we read as {self._group()}?")
            await joining
        finally:
            joining.cancel()
            stopping.cancel()

    async def _until_it_ends(self) -> None:
        """Watch what the client does by itself. Raises NotJoined when it has given up, or should."""
        while not self._stopping():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._transactions.stopping.wait(), _LOOK_S)
            if isinstance(self._transactions.session.lost, NameTaken):
                raise NotJoined(str(self._transactions.session.lost))
            if self._consumer.group.gave_up():
                raise NotJoined("the client has given up")
            if self._consumer.group.shares_out_for_s() > _BETWEEN_S:
                raise NotJoined(f"the group has been sharing out anew for {_BETWEEN_S:.0f} s")

    async def _leave(self, broker: KafkaBroker) -> None:
        """Stop reading; a client that does not come to an end is left to the end of the process."""
        try:
            async with asyncio.timeout(self._settings.drain_timeout_s + _LEAVE_MORE_S):
                await broker.stop()
        except Exception as error:  # noqa: BLE001  it is gone either way
            log.warning("left_behind", service=self._service.name, **blame(error))
        self._consumer.left()

    def _group(self) -> str:
        return f"{self._settings.topic_prefix}{self._service.name}"


def _security(settings: Settings) -> dict[str, Any]:
    """FastStream's own way of saying how to sign in to Kafka, from the client library's."""
    options = settings.kafka.security
    if not options:
        return {}
    from faststream.security import BaseSecurity, SASLPlaintext, SASLScram256, SASLScram512  # noqa: PLC0415

    context = options.get("ssl_context")
    use_ssl = context is not None
    mechanism = options.get("sasl_mechanism")
    if mechanism is None:
        return {"security": BaseSecurity(ssl_context=context, use_ssl=use_ssl)}
    kinds = {"PLAIN": SASLPlaintext, "SCRAM-SHA-256": SASLScram256, "SCRAM-SHA-512": SASLScram512}
    if mechanism not in kinds:
        raise Misconfigured(f"KAFKA_SASL_MECHANISM must be one of {', '.join(kinds)}")
    signed = kinds[mechanism](
        username=options.get("sasl_plain_username", ""), password=options.get("sasl_plain_password", ""),
        ssl_context=context, use_ssl=use_ssl,
    )  # fmt: skip
    return {"security": signed}
