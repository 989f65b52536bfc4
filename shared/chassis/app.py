"""The composition root: a service value becomes a running process, with its HTTP side port."""

import asyncio
import contextlib
import json
import os
import signal
import sys
import threading
from collections.abc import AsyncIterator
from dataclasses import replace
from functools import partial
from types import FrameType
from typing import Any

import structlog
import uvicorn
from faststream.asgi import AsgiFastStream, AsgiResponse, get
from prometheus_client import generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from shared.chassis.delivery.applying.journal import code_of
from shared.chassis.delivery.applying.projecting import Projecting
from shared.chassis.delivery.applying.transaction import Transactions
from shared.chassis.delivery.consuming.consumer import Consumer
from shared.chassis.delivery.consuming.membership import Membership
from shared.chassis.delivery.publishing.relay import Relay
from shared.chassis.delivery.publishing.sending import say
from shared.chassis.delivery.recovering.recovery import Recovery
from shared.chassis.delivery.timing.timer_gate import TimerGate
from shared.chassis.delivery.timing.timers import TimerWorker, follow_clock
from shared.chassis.process import failpoints, logs
from shared.chassis.process.blame import blame, named
from shared.chassis.process.clock import DrivenClock, WallClock
from shared.chassis.process.errors import Misconfigured, PortTaken, Stopping
from shared.chassis.process.memory import collect_seldom, give_back
from shared.chassis.process.metrics import Metrics
from shared.chassis.process.settings import Settings, from_environment, service_database_url, signs_in_by
from shared.chassis.process.unheard import Lines
from shared.chassis.promises import see_to
from shared.chassis.reading.answering import Answering
from shared.chassis.reading.reader import Reader
from shared.chassis.service import Service
from shared.chassis.telling import documents
from shared.chassis.telling.patience import PatientProtocol
from shared.chassis.telling.practice import Practice
from shared.chassis.telling.probing import Probes
from shared.chassis.telling.side_port import SidePort, listen
from shared.chassis.telling.watch import Watch

log = structlog.get_logger()
_TEND_S = 1.0
_CLOSE_S = 3.0
_LAST_S = 28.0


class Application:
    """One service, put together and not yet started."""

    def __init__(self, service: Service[Any], settings: Settings, lines: Lines | None = None) -> None:
        """Build every part; nothing connects before `asgi` is started. Raises BrokenPromise.

        `lines` is where the log goes.
        """
        see_to(service)
        self.service = service
        self.settings = settings
        self.clock = DrivenClock() if settings.driven_clock else WallClock()
        types = [event.type for event in service.reads]
        self.metrics = Metrics(service.name, types, service.writes_to, code_of(service.name))
        self.transactions = Transactions(service, settings, self.clock)
        self.recovery = Recovery(self.transactions, settings, say=partial(say, service.name, settings))
        self.transactions.session.verify = self.recovery.bring_up
        self.relay = Relay(service.name, settings, self.transactions.outgoing, self.metrics.relayed)
        self.consumer = Consumer(settings, self.transactions, self.metrics)
        clocks, ends = self.consumer.clocks, self.consumer.ends
        gate = TimerGate(self.transactions, self.clock, clocks, ends, self.metrics)
        self.timers = TimerWorker(self.transactions, self.clock, gate, self.metrics)
        self.practice = Practice(service, settings, self.clock, self.metrics)
        self.projecting = Projecting(service, settings)
        self.membership = Membership(settings, self.transactions, self.consumer)
        probes = Probes(service, settings, self.consumer.client)
        self.watch = Watch(
            service, settings, self.transactions, self.consumer, self.membership, gate, probes, self.metrics
        )
        self.reader = Reader(service, settings)
        self._lines = lines
        self._loop: asyncio.AbstractEventLoop | None = None

    def stop(self) -> None:
        """From a signal's handler: what waits for a database or a broker that is away waits no longer."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self.transactions.stopping.set)

    def asgi(self) -> SidePort:
        """The process' ASGI application: health, metrics, the read API, and the life of everything else."""

        @get
        async def live(_: Any) -> AsgiResponse:
            there = self.watch.liveness.there()
            return _answer(200 if there else 503, {"live": there})

        @get
        async def ready(_: Any) -> AsgiResponse:
            troubles = await self.watch.troubles()
            return _answer(503 if troubles else 200, {"ready": not troubles, "troubles": troubles})

        @get
        async def metrics(_: Any) -> AsgiResponse:
            await self.watch.troubles()
            await self.practice.refresh()
            self.metrics.retries.labels(self.service.name).inc(_taken(self.transactions, "retries"))
            self.metrics.relay_errors.labels(self.service.name).inc(_taken(self.relay, "errors"))
            if self._lines is not None:
                self.metrics.lines_dropped.labels(self.service.name).inc(_taken(self._lines, "dropped"))
            return AsgiResponse(generate_latest(self.metrics.registry), 200, {"content-type": CONTENT_TYPE_LATEST})

        routes = [("/health/live", live), ("/health/ready", ready), ("/metrics", metrics)]
        routes += documents.routes(self.service, self.settings.topic_prefix)
        rest = AsgiFastStream(asgi_routes=routes, logger=None)
        return SidePort(rest, self._read_api, self._life, lambda: self.metrics.read("too_many_calls"))

    def _read_api(self) -> Any:
        from shared.chassis.reading.api import application  # noqa: PLC0415  a service that is never asked need not know

        answering = Answering(self.service.name, self.reader, self.clock)
        return application(self.service, answering, self.metrics)

    @contextlib.asynccontextmanager
    async def _life(self) -> AsyncIterator[None]:
        self._loop = asyncio.get_running_loop()
        relay = asyncio.create_task(self.relay.run(), name="relay")
        member = asyncio.create_task(self.membership.run(), name="membership")
        others = [asyncio.create_task(self.timers.run(), name="timers"), asyncio.create_task(self._tend(), name="tend")]
        others.append(asyncio.create_task(self.watch.run(), name="watch"))
        others.append(asyncio.create_task(self.projecting.run(), name="projecting"))
        if isinstance(self.clock, DrivenClock):
            others.append(asyncio.create_task(follow_clock(self.settings, self.clock), name="clock"))
        else:
            others.append(asyncio.create_task(self.consumer.clocks.run(), name="clocks"))
        for task in (relay, member, *others):
            task.add_done_callback(_ended)
        collect_seldom()
        try:
            yield
        finally:
            self.watch.draining = True
            self.transactions.stopping.set()
            for task in others:
                task.cancel()
            # Each part ends by itself, or is left to the end of the process: what took effect is in the database.
            await _within(2 * self.settings.drain_timeout_s, member, *others)
            await self.relay.stop()
            await _within(self.settings.drain_timeout_s, relay)
            closing = (self.transactions, self.consumer.clocks, self.watch, self.practice, self.reader)
            await _within(_CLOSE_S, *(asyncio.create_task(part.close()) for part in closing))

    async def _tend(self) -> None:
        while True:
            self.watch.liveness.beats()
            await self.consumer.group.woken_within(_TEND_S)
            try:
                await self.consumer.tend()
                self.watch.liveness.went()
            except Exception as error:  # noqa: BLE001  Kafka away: the next second will do
                self.watch.liveness.went(named(error))
                log.warning("tending_failed", service=self.service.name, **blame(error))


def run(service: Service[Any]) -> None:
    """Run a service until it is told to stop; prints one clear line and exits with 78 when a setting is wrong."""
    try:
        failpoints.arm(os.environ.get("SECTION42_FAILPOINT", ""))
        url = service_database_url(os.environ, service.name)
        check = signs_in_by(os.environ, service.name)
        settings = replace(from_environment(os.environ), database_url=url, signs_in_by=check)
        listening = listen(settings)
    except (Misconfigured, PortTaken) as wrong:
        sys.stderr.write(f"section42: {wrong}\n")
        raise SystemExit(wrong.exit_code) from None
    give_back()
    lines = logs.configure(service.name)
    with contextlib.suppress(ImportError):
        import uvloop  # noqa: PLC0415  a tenth faster where it can be had

        asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())
    application = Application(service, settings, lines)
    config = uvicorn.Config(
        application.asgi(),
        log_config=None,
        access_log=False,
        http=PatientProtocol,
        ws="none",
        timeout_graceful_shutdown=int(settings.drain_timeout_s),
    )
    signal.signal(signal.SIGTERM, _leave)  # uvicorn raises the signal again once everything has ended in order
    _Server(config, application).run(sockets=[listening])


class _Server(uvicorn.Server):
    """A server that tells the application at once when it is to stop."""

    def __init__(self, config: uvicorn.Config, application: Application) -> None:
        super().__init__(config)
        self._application = application

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """The signal that ends us has come: whatever happens now, we end in time for no supervisor to kill us."""
        last = threading.Timer(_LAST_S, os._exit, (75,))
        last.daemon = True
        last.start()
        self._application.stop()
        super().handle_exit(sig, frame)


async def _within(seconds: float, *tasks: "asyncio.Task[None]") -> None:
    """Give tasks this long to end; then they are cancelled, and nobody waits for them."""
    done, late = await asyncio.wait(tasks, timeout=seconds)
    for task in late:
        log.warning("left_behind", reason=task.get_name())
        task.cancel()
    for task in done:
        error = None if task.cancelled() else task.exception()
        if not isinstance(error, Stopping | None):
            log.warning("ended_badly", reason=task.get_name(), **blame(error))


def _leave(*_: object) -> None:
    raise SystemExit(0)


def _answer(status: int, body: dict[str, Any]) -> AsgiResponse:
    return AsgiResponse(json.dumps(body).encode(), status, {"content-type": "application/json"})


def _taken(owner: Any, name: str) -> int:
    """The value of a counting attribute, which begins again at nought."""
    value = int(getattr(owner, name))
    setattr(owner, name, 0)
    return value


def _ended(task: "asyncio.Task[None]") -> None:
    """A part that ends by an error takes the process with it: the supervisor starts a whole one."""
    if not task.cancelled() and not isinstance(task.exception(), Stopping | None):
        error = task.exception()
        log.error("part_died", reason=task.get_name(), **(blame(error) if error is not None else {}))
        os._exit(70)
