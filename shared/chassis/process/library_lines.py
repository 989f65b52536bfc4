"""What libraries have to say, as lines of our log: their own words, filled in with what can be nobody's data.

A template is kept where it is written like that in the library's code; one that was put together before it was logged
may quote a record, and only its place is told. The Kafka client's arguments are kept where they are numbers or names
of topics, groups and hosts; of everything else its kind. A warning and an error that nobody caught give kind and place.
"""

import logging
import re
import sys
import threading
import warnings
from collections.abc import Callable, Mapping
from types import FrameType
from typing import Any

from shared.chassis.process.blame import blame, named, where
from shared.chassis.process.seldom import Seldom

_EVERY_S = 60.0
_PARTS_MAX = 12
_SPEAKS_OF_KAFKA = ("aiokafka", "kafka")
_NAME = re.compile(r"[A-Za-z0-9_.:/@\[\]-]{1,200}")
_PLAIN_KINDS = {"TopicPartition", "OffsetAndMetadata", "BrokerMetadata", "OffsetAndTimestamp"}
_ASYNCIO = {
    "Task exception was never retrieved", "Future exception was never retrieved",
    "Task was destroyed but it is pending!", "Unhandled exception in client_connected_cb", "SSL handshake failed",
    "Fatal error on transport",
}  # fmt: skip
"""Of what asyncio puts together, the first lines that quote nothing."""

Say = Callable[[dict[str, Any]], None]


class LibraryLines(logging.Handler):
    """Hands each line of a library on, each template once a minute, with how many were left out."""

    def __init__(self, say: Say, seldom: Seldom | None = None) -> None:
        """Say what is left over every minute, and when the process ends."""
        super().__init__(logging.WARNING)
        self._say = say
        self._seldom = seldom or Seldom(_EVERY_S)
        self._timer: threading.Timer | None = None

    def emit(self, record: logging.LogRecord) -> None:
        """Say it, unless it has just been said."""
        try:
            template = template_of(record)
            key = record.name, template or f"{record.module}:{record.lineno}"
            left_out = self._seldom.may(key)
            if left_out is None:
                self._see_to_the_rest()
                return
            line = line_of(record, template)
            self._say(line | ({"left_out": left_out} if left_out else {}))
        except Exception as error:  # noqa: BLE001  a line that cannot be told must not end what logged it
            self._say({"event": "library_line_lost", "level": "error", "logger": record.name, **blame(error)})

    def close(self) -> None:
        """Say what was left out and not said again."""
        if self._timer is not None:
            self._timer.cancel()
        self._tell_left_out(at_once=True)
        super().close()

    def _see_to_the_rest(self) -> None:
        if self._timer is None:
            self._timer = threading.Timer(_EVERY_S + 1, self._later)
            self._timer.daemon = True
            self._timer.start()

    def _later(self) -> None:
        with self.lock or threading.RLock():
            self._timer = None
            self._tell_left_out()
            if self._seldom.owes:
                self._see_to_the_rest()

    def _tell_left_out(self, *, at_once: bool = False) -> None:
        for key, number in self._seldom.over(at_once=at_once).items():
            name, said = key if isinstance(key, tuple) else ("", "")
            self._say({"event": "library_said", "level": "info", "logger": name, "reason": said, "left_out": number})


def template_of(record: logging.LogRecord) -> str:
    """The words of a line as they are written in the library's code; nothing where they are put together there."""
    said = record.msg
    if not isinstance(said, str):
        return ""
    if record.name == "asyncio" and (first := said.partition("\n")[0]) in _ASYNCIO:
        return first
    frame: FrameType | None = sys._getframe()  # noqa: SLF001  who logs is up the stack, and has its words in its code
    while frame is not None:
        if frame.f_code.co_filename == record.pathname and frame.f_lineno is not None:
            return said if said in frame.f_code.co_consts else ""
        frame = frame.f_back
    return ""


def line_of(record: logging.LogRecord, template: str) -> dict[str, Any]:
    """A line of ours for one of a library's."""
    line = {
        "event": "library_said", "level": record.levelname.lower(), "logger": record.name,
        "reason": filled(template, record.args, record.name), "where": f"{record.module}:{record.lineno}",
    }  # fmt: skip
    error = record.exc_info[1] if record.exc_info else None
    if error is not None:
        line |= {"error": named(error)} | ({"where": place} if (place := where(error)) else {})
    return line


def filled(template: str, arguments: Any, logger: str) -> str:
    """A template with what may be told of its arguments."""
    known = logger.partition(".")[0] in _SPEAKS_OF_KAFKA
    try:
        if isinstance(arguments, Mapping):
            said = template % {name: _Told(value, known=known) for name, value in arguments.items()}
        else:
            said = template % tuple(_Told(each, known=known) for each in arguments) if arguments else template
    except (TypeError, ValueError, KeyError):
        said = template
    return " ".join(said.split())[:500]


class _Told:
    """A value that shows, whichever way it is asked for, only what may be told of it."""

    def __init__(self, value: Any, *, known: bool) -> None:
        self._number = value if known and isinstance(value, int | float) else None
        self._text = may_be_told(value, known=known)

    def __str__(self) -> str:
        return self._text

    __repr__ = __str__

    def __int__(self) -> int:
        if self._number is None:
            raise TypeError
        return int(self._number)

    __index__ = __int__

    def __float__(self) -> float:
        return float(int(self)) if isinstance(self._number, int) else float(self._number or 0)


def may_be_told(value: Any, *, known: bool) -> str:
    """A value where it can be nobody's data, from a library whose values we know; else its kind."""
    kind = type(value).__name__
    told = f"<{kind}>"
    if isinstance(value, type):
        told = value.__name__
    elif isinstance(value, BaseException):
        told = kind
    elif (
        value is None
        or isinstance(value, bool)
        or (known and (isinstance(value, int | float) or (isinstance(value, str) and _NAME.fullmatch(value))))
    ):
        told = str(value)
    elif isinstance(value, list | set | frozenset) or kind in _PLAIN_KINDS or type(value) is tuple:
        parts = ", ".join(may_be_told(part, known=known) for part in list(value)[:_PARTS_MAX])
        more = ", ..." if len(value) > _PARTS_MAX else ""
        told = f"{kind}({parts})" if kind in _PLAIN_KINDS else f"[{parts}{more}]"
    return told


def hear_all(say: Say) -> None:
    """Let everything that would be printed by itself be told as a line: libraries, warnings, errors nobody caught."""
    logging.basicConfig(level=logging.WARNING, handlers=[LibraryLines(say)], force=True)
    seldom = Seldom(_EVERY_S)

    def warned(
        message: Warning | str, category: type[Warning], filename: str, lineno: int, file: Any = None, line: Any = None
    ) -> None:
        del message, file, line  # a warning of a library's may quote what it warns of
        place = f"{filename.rpartition('/')[2]}:{lineno}"
        if (left_out := seldom.may((category, place))) is not None:
            told = {"event": "warned", "level": "warning", "reason": category.__name__, "where": place}
            say(told | ({"left_out": left_out} if left_out else {}))

    def uncaught(error: BaseException | None, what: str) -> None:
        if error is not None and not isinstance(error, KeyboardInterrupt | SystemExit):
            say({"event": "uncaught", "level": "critical", "reason": what, **blame(error)})

    warnings.showwarning = warned
    sys.excepthook = lambda _, error, __: uncaught(error, "process")
    sys.unraisablehook = lambda given: uncaught(given.exc_value, "unraisable")
    threading.excepthook = lambda given: uncaught(given.exc_value, "thread")
