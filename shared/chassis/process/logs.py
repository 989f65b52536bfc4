"""Logs: one JSON line on standard output for each unit of work, with identifiers and never a person.

An allow-list, not a block-list, keeps people out: a field that is not on it is dropped, and its name is said.
Exceptions are logged by kind and place alone (`blame`), because the text of a database or validation error quotes what
it met. What a service says of the same trouble is said a few times a minute, with how often it was left out.
"""

import logging
import sys
from collections.abc import MutableMapping
from typing import Any, TextIO, cast

import structlog

from shared.chassis.process.library_lines import hear_all
from shared.chassis.process.seldom import Seldom
from shared.chassis.process.unheard import Lines

ALLOWED = frozenset(
    {
        "event", "level", "timestamp", "service", "topic", "partition", "offset", "step", "reason", "reasons",
        "identity", "concern_id", "enquiry_id", "adult_id", "case", "attempt", "records", "applied", "duplicates",
        "waiting", "released", "refused", "dead_lettered", "parked", "published", "fired", "ignored", "conflicting",
        "duration_s", "facts", "rows", "error", "wait_s", "port", "address", "signal", "held_id", "position",
        "log_starts", "log_ends", "logger", "partitions", "due", "version", "hint", "where", "dropped_fields", "holder",
        "view", "entries", "of", "remembered", "found", "left_out", "ahead_s", "topics", "type",
    }
)  # fmt: skip
AGAIN_AND_AGAIN = frozenset(
    {"tending_failed", "relay_restarted", "transaction_retried", "assignment_retried", "session_dropped",
     "clock_not_read", "clock_not_heard", "practice_not_counted", "batch_failed",
     "looking_failed", "not_joined", "projecting_failed"}
)  # fmt: skip
"""What is tried on until it succeeds, and would be said each time."""

_AGAIN_EVERY_S = 10.0


def configure(service: str = "") -> Lines:
    """Make structlog write JSON lines, and send everything else that would be printed the same way: where they go."""
    seldom = Seldom(_AGAIN_EVERY_S)
    stamp, render = structlog.processors.TimeStamper(fmt="iso", utc=True), structlog.processors.JSONRenderer()

    def line_of(fields: dict[str, Any]) -> str:
        stamped = stamp(None, "", {"event": fields["event"], "service": service, **fields})
        return str(render(None, "", only_allowed(None, "", stamped))) + "\n"

    def missed(number: int) -> str:
        return line_of({"event": "log_stood_still", "level": "warning", "left_out": number})

    lines = Lines(sys.stdout.fileno(), missed)

    def now_and_then(_logger: Any, _method: str, fields: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        if fields.get("event") not in AGAIN_AND_AGAIN:
            return fields
        left_out = seldom.may(tuple(str(fields.get(name)) for name in ("event", "error", "where", "reason")))
        if left_out is None:
            raise structlog.DropEvent
        return fields if not left_out else {**fields, "left_out": left_out}

    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            now_and_then,
            only_allowed,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.WriteLoggerFactory(cast("TextIO", lines)),
        cache_logger_on_first_use=True,
    )
    hear_all(lambda fields: lines.write(line_of(fields)))
    return lines


def only_allowed(_logger: Any, _method: str, fields: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Drop every field that is not on the list, and name what was dropped."""
    unknown = sorted(fields.keys() - ALLOWED)
    if unknown:
        fields = {name: value for name, value in fields.items() if name in ALLOWED}
        fields["dropped_fields"] = unknown
    return fields


def get() -> Any:
    """A logger; what it may say is on the list above."""
    return structlog.get_logger()
