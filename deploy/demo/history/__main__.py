"""`python -m deploy.demo.history --seed 42 --out FILE.jsonl`: writes the history, one CloudEvent a line."""

import argparse
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import msgspec

from deploy.demo.history.stream import events


@contextmanager
def _out(name: str) -> Iterator[BinaryIO]:
    if name == "-":
        yield sys.stdout.buffer
        return
    with Path(name).open("wb") as out:
        yield out


def main() -> int:
    """Write it, and say how many lines of each type there are."""
    parser = argparse.ArgumentParser(prog="python -m deploy.demo.history", description=__doc__)
    parser.add_argument("--seed", type=int, default=42, help="the same seed, the same history, byte for byte")
    parser.add_argument("--scale", type=float, default=1.0, help="less than 1 for a smaller history")
    parser.add_argument("--out", default="-", metavar="FILE|-", help="where to write; - is standard output")
    chosen = parser.parse_args()
    began, types = time.monotonic(), Counter[str]()
    with _out(chosen.out) as out:
        for event in events(chosen.seed, chosen.scale):
            types[event["type"]] += 1
            out.write(msgspec.json.encode(event) + b"\n")
    for type_, number in sorted(types.items()):
        print(f"{number:7,}  {type_}", file=sys.stderr)
    print(f"{types.total():7,}  lines in {time.monotonic() - began:.1f} s", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
