"""The `section42` program: one command a module, each importing what it runs only when it runs."""

import io
import os
import sys

import typer

from services.command import (
    backup,
    breaker,
    check,
    clocks,
    docs,
    duty,
    endpoints,
    figures,
    graph,
    held,
    journal,
    migrate,
    positions,
    post,
    read,
    reads,
    rebuild,
    replay,
    restore,
    run,
    status,
    timers,
    token,
    topics,
)
from services.command.problems import GoneError, line_about

app = typer.Typer(
    name="section42",
    help="Adult safeguarding concerns, from the first report to the audit.\n\n"
    "Kafka is where KAFKA_BOOTSTRAP_SERVERS says, Postgres where DATABASE_URL says; SECTION42_TOPIC_PREFIX is what"
    " topic names begin with (safeguarding.). Answers go to standard output, all else to standard error. Exit code 78"
    " is a setting that cannot be worked with, 2 a misuse, 1 a failure.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
_COMMANDS = (
    *(run, migrate, topics, post, check, replay, read, endpoints, status, figures),
    *(timers, held, duty, breaker, positions, clocks, reads),
    *(backup, restore, journal, rebuild, docs, graph),
)
for _module in _COMMANDS:
    app.command(_module.__name__.rpartition(".")[2])(_module.command)
app.add_typer(token.app, name="token")


def main() -> None:
    """Run the program; whoever runs it is told what to do in one line, never shown a traceback for it."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a terminal that lacks a character shows its number
            stream.reconfigure(errors="backslashreplace")
    try:
        app()
    except KeyboardInterrupt:
        sys.exit(130)
    except GoneError:
        # Whoever read our answer has gone; let nothing try to write it again on the way out.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except Exception as error:  # noqa: BLE001  whatever it is, its words may quote what it met
        line, code = line_about(error)
        from services.command.terminal import warn

        warn(f"section42: {line}")
        sys.exit(code)


if __name__ == "__main__":
    main()
