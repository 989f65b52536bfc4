"""A streaming standby of a local Postgres: a server of its own that follows another and can take its place.

It follows asynchronously, as most standbys do: what the other has committed reaches it a moment later, or, once it is
cut off, not at all. Whoever asks for the address of the other is led to it when it takes over.
"""

from __future__ import annotations

import time
from pathlib import Path

from deploy.local.postgres import Postgres
from deploy.local.process import POLL_SECONDS, ServerError

PATIENCE_SECONDS = 30.0


class Standby(Postgres):
    """The standby whose record and log are in `directory`; `primary` is the server it follows."""

    def __init__(self, directory: Path, primary: Postgres) -> None:
        super().__init__(directory)
        self.primary = primary

    def catch_up(self) -> None:
        """Wait until everything that the primary has committed so far is here."""
        at = self.primary.ask("SELECT pg_current_wal_flush_lsn()")
        self._until(f"SELECT coalesce(pg_last_wal_replay_lsn() >= '{at}'::pg_lsn, false)", "has not caught up")

    def cut_off(self) -> None:
        """Follow no more: what the primary commits from now on is not here, and lost if the primary is."""
        self.ask("ALTER SYSTEM SET primary_conninfo = ''")
        self.ask("SELECT pg_reload_conf()")
        self._until("SELECT NOT EXISTS (SELECT FROM pg_stat_wal_receiver)", "still follows")

    def take_over(self) -> None:
        """Kill the primary, serve in its place, and answer at its address."""
        self.primary.kill()
        self.ask("SELECT pg_promote(true, 30)")
        self._until("SELECT NOT pg_is_in_recovery()", "is not promoted")
        self.primary.socket.symlink_to(self.socket)

    def erase(self) -> None:
        if self.primary.socket.is_symlink():
            self.primary.socket.unlink()
        super().erase()

    def _initialise(self, programs: Path) -> None:
        """A copy of the primary as it is now, with all that is needed to go on from there."""
        where = ["-h", str(self.primary.socket), "-U", "postgres", "-D", str(self.data)]
        self._run(programs / "pg_basebackup", *where, "--write-recovery-conf", "--wal-method=stream", "-c", "fast")

    def _until(self, question: str, otherwise: str) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while self.ask(question) != "t":
            if time.monotonic() > deadline:
                raise ServerError(f"the standby in {self.directory} {otherwise}")
            time.sleep(POLL_SECONDS)
