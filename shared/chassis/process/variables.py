"""A variable of the environment: its name, what it takes, and one sentence where it holds something else.

What a wrong one is, is quoted as far as it can be no secret, and on one line whatever it holds.
"""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar
from urllib.parse import parse_qsl, urlsplit

from shared.chassis.process.errors import Misconfigured

T = TypeVar("T")
_SHOWN = 60
_HOST = re.compile(r"(?:\[[0-9A-Fa-f:.%]+\]|[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?)\.?")
_PREFIX = re.compile(r"[A-Za-z0-9._-]{0,100}")
_SSLMODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
_FILES = ("sslrootcert", "sslcert", "sslkey", "sslcrl", "passfile")
_PORT_MAX = 65_535


@dataclass(frozen=True, slots=True)
class Takes(Generic[T]):
    """What a variable takes, in words, and how its text is read. `read` raises ValueError, which may say what is wrong.

    `secret` values are never quoted; of an address the part before `://` is.
    """

    words: str
    read: Callable[[str], T]
    secret: bool = False
    address: bool = False


@dataclass(frozen=True, slots=True)
class Variable(Generic[T]):
    """One variable. Without a default it is needed; `example` is a value that it takes."""

    name: str
    takes: Takes[T]
    example: str
    default: T | None = None
    of_a_service: bool = False
    """Whether each service may have its own, under this name and its own in capitals."""

    def of(self, service: str) -> "Variable[T]":
        """The same, for one service alone."""
        return Variable(f"{self.name}_{service.upper()}", self.takes, self.example, self.default)

    def read(self, environment: Mapping[str, str]) -> T:
        """What it says, or its default. Raises Misconfigured."""
        if (text := environment.get(self.name)) is None:
            if self.default is None:
                raise Misconfigured(f"set {self.name}, for example {self.name}={self.example}")
            return self.default
        return self.value_of(text)

    def given(self, environment: Mapping[str, str]) -> T | None:
        """What it says; None where it is not set. Raises Misconfigured."""
        text = environment.get(self.name)
        return None if text is None else self.value_of(text)

    def value_of(self, text: str) -> T:
        """What a text says. Raises Misconfigured with the name of the variable, what it is and what it takes."""
        try:
            return self.takes.read(text.strip())
        except ValueError as error:
            why = f" ({error})" if str(error) else ""
            raise self.wrong(text, why) from None

    def wrong(self, text: str, why: str = "") -> Misconfigured:
        """The sentence for a text that it does not take."""
        return Misconfigured(f"{self.name} {self._is(text)}{why}: it takes {self.takes.words}, such as {self.example}")

    def _is(self, text: str) -> str:
        if not text.strip():
            return "is empty"
        if self.takes.secret:
            return "cannot be used"
        if self.takes.address:
            scheme, _, rest = text.strip().partition("://")
            return f"begins with {scheme[:_SHOWN]!a}://" if rest else "is no address"
        return f"is {text[:_SHOWN]!a}" + "..." * (len(text) > _SHOWN)


def whole(least: int, most: int) -> Takes[int]:
    """A whole number within bounds."""

    def read(text: str) -> int:
        if not (text.isascii() and text.isdigit() and len(text) <= len(str(most)) and least <= int(text) <= most):
            raise ValueError
        return int(text)

    return Takes(f"a whole number from {least} to {most}", read)


def seconds(least: float, most: float) -> Takes[float]:
    """A number of seconds within bounds."""

    def read(text: str) -> float:
        try:
            number = float(text) if text.isascii() and "_" not in text else math.nan
        except ValueError:
            number = math.nan
        if not least <= number <= most:  # nor is what is no number
            raise ValueError
        return number

    return Takes(f"a number of seconds from {least:g} to {most:g}", read)


def choice(*choices: str) -> Takes[str]:
    """One of a list, spelled as it is here."""

    def read(text: str) -> str:
        if text not in choices:
            raise ValueError
        return text

    return Takes(f"{', '.join(choices[:-1])} or {choices[-1]}", read)


def _prefix(text: str) -> str:
    if not _PREFIX.fullmatch(text):
        raise ValueError
    return text


def _host(text: str) -> str:
    if not (_HOST.fullmatch(text) or re.fullmatch(r"[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*", text)):
        raise ValueError
    return text


def _servers(text: str) -> tuple[str, ...]:
    servers = tuple(part.strip() for part in text.split(","))
    for server in servers:
        if "://" in server:
            raise ValueError("no scheme is wanted")
        _host_and_port(server)
    return servers


def _host_and_port(text: str) -> None:
    host, colon, port = text.rpartition(":") if re.search(r":[^\]]*$", text) else (text, "", "")
    if not _HOST.fullmatch(host):
        raise ValueError
    if colon and not (port.isascii() and port.isdigit() and 1 <= int(port[:6]) <= _PORT_MAX):
        raise ValueError(f"a port is a number from 1 to {_PORT_MAX}")


def _database(text: str) -> str:
    if text.partition("://")[0] not in ("postgresql", "postgres"):
        raise ValueError
    try:
        parts = urlsplit(text)
    except ValueError:
        raise ValueError from None
    asked = dict(parse_qsl(parts.query))
    hosts = parts.netloc.rpartition("@")[2]
    if not hosts and not asked.get("host"):
        raise ValueError("no host is named")
    for host in hosts.split(",") if hosts else ():
        _host_and_port(host)
    if asked.get("sslmode", "prefer") not in _SSLMODES:
        raise ValueError(f"sslmode takes {', '.join(_SSLMODES)}")
    for name in _FILES:
        if name in asked:
            try:
                _file(asked[name])
            except ValueError as error:
                raise ValueError(f"{name}: {error}") from None
    return text


def _file(text: str) -> str:
    try:
        with Path(text).open("rb") as file:
            file.read(1)
    except FileNotFoundError:
        raise ValueError("there is no such file") from None
    except PermissionError:
        raise ValueError("this user may not read it") from None
    except (OSError, ValueError):
        raise ValueError("it is no file that can be read") from None
    return text


def _word(text: str) -> str:
    if not text or not text.isprintable():
        raise ValueError
    return text


PREFIX = Takes("letters, digits, dots, hyphens and underscores, 100 at most", _prefix)
HOST = Takes("a host's name or address, without scheme and port", _host)
SERVERS = Takes("host:port, several with commas between", _servers)
DATABASE = Takes("postgresql://user:password@host:port/database", _database, address=True)
FILE = Takes("the path of a file that can be read", _file)
NAME = Takes("a name without control characters", _word)
SECRET = Takes("a password without control characters", _word, secret=True)
