"""Logs: one JSON line on standard output for each unit of work, with identifiers and never a person.

An allow-list, not a block-list, keeps people out: a field that is not on it is dropped, and its name is said.
Exceptions are logged by type alone, because the text of a database or validation error quotes what it met.
"""

import logging
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

ALLOWED = frozenset(
    {
        "event", "level", "timestamp", "service", "topic", "partition", "offset", "step", "reason", "reasons",
        "identity", "concern_id", "enquiry_id", "adult_id", "case", "attempt", "records", "applied", "duplicates",
        "waiting", "released", "refused", "dead_lettered", "parked", "published", "fired", "ignored", "conflicting",
        "duration_s", "facts", "rows", "error", "wait_s", "port", "address", "signal", "held_id", "position",
        "log_starts", "log_ends", "logger", "partitions", "due", "version", "hint", "where", "dropped_fields", "holder",
        "view", "entries", "of", "remembered", "found",
    }
)  # fmt: skip


def configure() -> None:
    """Make structlog write JSON lines, and send the libraries' own lines the same way, without their arguments."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            only_allowed,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stdout),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(_LibraryLine())
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)


def only_allowed(_logger: Any, _method: str, fields: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Drop every field that is not on the list, and name what was dropped."""
    unknown = sorted(fields.keys() - ALLOWED)
    if unknown:
        fields = {name: value for name, value in fields.items() if name in ALLOWED}
        fields["dropped_fields"] = unknown
    return fields


class _LibraryLine(logging.Formatter):
    """A library's line: its template without the arguments, which may quote a record, and the error's type."""

    def format(self, record: logging.LogRecord) -> str:
        """Render one line of JSON."""
        error = record.exc_info[0].__name__ if record.exc_info and record.exc_info[0] else None
        line = {
            "event": "library_said",
            "level": record.levelname.lower(),
            "logger": record.name,
            "reason": str(record.msg)[:200] if record.args else record.name,
            "where": f"{record.module}:{record.lineno}",
        }
        return str(structlog.processors.JSONRenderer()(None, "", line | ({"error": error} if error else {})))


def get() -> Any:
    """A logger; what it may say is on the list above."""
    return structlog.get_logger()
