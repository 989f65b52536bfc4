"""What changes under the services: their database goes back, their logs get shorter, a clock is wrong."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections import Counter

from aiokafka.errors import KafkaError

from tests.faults.agenda import Kind
from tests.faults.backups import Backups
from tests.faults.log import Where
from tests.faults.monitor import READS
from tests.faults.prefixes import cut_short
from tests.faults.standbys import Standbys
from tests.faults.supervisor import Supervisor
from tests.faults.wrong_clocks import AHEAD_S
from tests.support.installation import Installation

_CUT_OFF_S = (1.0, 4.0)
_WRONG_S = (2.0, 5.0)
_WORKS_S = 20.0
_PATIENCE_S = 20.0


class Upheavals:
    """Kinds of fault of their own, done to the installation of a supervisor. Each of them must happen."""

    def __init__(
        self, installation: Installation, where: Where, supervisor: Supervisor, seed: int, standbys: Standbys | None
    ) -> None:
        self._where = where
        self._supervisor = supervisor
        self._dice = random.Random(f"upheavals {seed}")
        self._backups = Backups(installation, self._dice)
        self._standbys = standbys
        self.kinds = {
            "restore-stopped": Kind(2, self._restore_stopped), "restore-running": Kind(2, self._restore_running),
            "restore-alone": Kind(2, self._restore_alone), "truncate": Kind(2, self._truncate),
        }  # fmt: skip
        if standbys is not None:
            self.kinds["standby"] = Kind(2, self._standby)
        if not where.driven:
            self.kinds |= {name: Kind(2, lambda name=name: self._clock(name)) for name in AHEAD_S}  # type: ignore[misc]

    async def look(self) -> None:
        """What has to be done all along: dumps."""
        await self._backups.keep()

    @property
    def _fired(self) -> Counter[str]:
        return self._supervisor.fired

    async def _restore_stopped(self) -> None:
        """Everybody stopped, the dump put back, everybody started."""
        self._supervisor.silence(*READS)
        await self._backups.put_back(self._backups.one())
        self._fired["restore-stopped"] += 1
        self._supervisor.start(recovering=True)

    async def _restore_running(self) -> None:
        """The dump is put back under everybody who runs, or is paused and will wake."""
        await self._backups.put_back(self._backups.one())
        self._fired["restore-running"] += 1

    async def _restore_alone(self) -> None:
        """One service stopped and put back, while the others go on."""
        dumped = self._backups.one()
        self._supervisor.silence(dumped.service)
        await self._backups.put_back_alone(dumped)
        self._fired["restore-alone"] += 1
        self._supervisor.start(recovering=True)

    async def _standby(self) -> None:
        """A standby that has not heard of the last seconds takes over."""
        assert self._standbys is not None

        async def meanwhile() -> None:
            await self._supervisor.wait(self._dice.uniform(*_CUT_OFF_S))

        await self._standbys.take_over(meanwhile)
        self._fired["standby"] += 1

    async def _truncate(self) -> None:
        """What everybody has read is deleted from some logs; from now on no dump of before may be put back."""
        self._backups.forget()
        with contextlib.suppress(KafkaError, OSError):
            if await asyncio.wait_for(cut_short(self._where, self._dice), _PATIENCE_S):
                self._fired["truncate"] += 1
        await self._backups.keep()

    async def _clock(self, name: str) -> None:
        """Somebody is replaced by a process whose clock is wrong; some seconds later it is put right, or it dies."""
        supervisor = self._supervisor
        instance = supervisor.replace_by_clock(AHEAD_S[name])
        if not await supervisor.wait(_WORKS_S, lambda: instance.works or instance.dead) or instance.dead:
            return
        await supervisor.wait(self._dice.uniform(*_WRONG_S))
        self._fired[name] += 1
        if self._dice.random() < 0.5:
            instance.put_clock_right()
        elif not instance.dead:
            supervisor.kill(instance)
