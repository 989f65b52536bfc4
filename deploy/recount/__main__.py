"""`python -m deploy.recount --year 2023-24`: counts a year again, from what came through the doors and nothing else."""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import os
import sys
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from deploy.recount.civil import Year
from deploy.recount.comparing import differences, rows_of
from deploy.recount.doors import Sent, from_kafka, from_lines
from deploy.recount.kafka import everything, options
from deploy.recount.measures import figures
from deploy.recount.pass_through import Told

_ABOUT = """\
Counts the figures of financial years again, from what came through the doors and nothing else: it shares no code with
the services. Prints the figures as JSON; or with --against nothing where the services say the same, and a line for
each figure where they do not.
"""
_MORE = """\
A year that has not ended is counted as at its end. The doors are read from Kafka, up to their present ends:

  KAFKA_BOOTSTRAP_SERVERS      host:9092,host:9092
  SECTION42_TOPIC_PREFIX       safeguarding. unless it says otherwise
  SECTION42_TEST_NUMBERS       yes where people are invented, as for the services (with --file too)
  KAFKA_SECURITY_PROTOCOL, KAFKA_SASL_MECHANISM, KAFKA_SASL_USERNAME, KAFKA_SASL_PASSWORD,
  KAFKA_SSL_CAFILE, KAFKA_SSL_CERTFILE, KAFKA_SSL_KEYFILE   where Kafka asks who we are, as for the services

exit code: 0 when the services agree or nothing was compared, 1 when they differ, 2 when it could not be counted

example: section42 figures --year 2023-24 --json | python -m deploy.recount --year 2023-24 --against -
"""


def main(arguments: list[str] | None = None) -> int:
    """0 when the services agree, or nothing was to be compared; 1 when they differ, each difference in a line."""
    parser = argparse.ArgumentParser(
        prog="python -m deploy.recount",
        description=_ABOUT,
        epilog=_MORE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--year", action="append", required=True, help="a financial year, such as 2023-24; repeatable")
    parser.add_argument(
        "--file", type=Path, metavar="FILE", help="count CloudEvents from a file, one a line, and not from Kafka"
    )
    parser.add_argument(
        "--against", action="append", default=[], metavar="FILE|-",
        help="what `section42 figures --json` said of the year; once for each --year, in the same order; - reads stdin",
    )  # fmt: skip
    chosen = parser.parse_args(arguments)
    try:
        years = [Year(name) for name in chosen.year]
        if chosen.against and len(chosen.against) != len(years):
            parser.error(f"{len(years)} --year and {len(chosen.against)} --against: give one for each")
        said = [rows_of(_read(path), year.name) for path, year in zip(chosen.against, years, strict=False)]
        told = Told(_sent(chosen.file), test_numbers=os.environ.get("SECTION42_TEST_NUMBERS") == "yes")
    except (ValueError, OSError) as error:
        parser.error(str(error))
    counted = {year.name: figures(told, year) for year in years}
    if not said:
        print(json.dumps({name: [asdict(row) for row in rows] for name, rows in counted.items()}, indent=1))
        return 0
    differing = [
        f"{year.name}: {line}"
        for year, theirs in zip(years, said, strict=True)
        for line in differences(counted[year.name], theirs)
    ]
    for line in differing:
        print(line)
    return 1 if differing else 0


def _read(path: str) -> Any:
    text = sys.stdin.read() if path == "-" else Path(path).read_text(encoding="utf-8")
    try:
        return json.loads(text)
    except ValueError:
        raise ValueError(f"{path} is no JSON") from None


def _sent(file: Path | None) -> Iterable[Sent]:
    if file is not None:
        return from_lines(file.read_bytes().split(b"\n"))
    if not os.environ.get("KAFKA_BOOTSTRAP_SERVERS"):
        raise ValueError("say where Kafka is in KAFKA_BOOTSTRAP_SERVERS, or name a file with --file")
    prefix = os.environ.get("SECTION42_TOPIC_PREFIX", "safeguarding.")
    return from_kafka(asyncio.run(everything(prefix, options(os.environ))), prefix)


if __name__ == "__main__":
    gc.disable()  # everything is kept until the end
    sys.exit(main())
