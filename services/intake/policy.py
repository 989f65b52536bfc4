"""What intake takes for an identifier: data with a version, in policy.json; a change is a new version, never an edit.

Which NHS numbers have ever been given to anybody follows the ranges of the four nations (issue 12, item 6; the check
digit is the NHS Data Dictionary's). What senders write where a person has no reference is a list of this council's:
where another word turns up, a further version with that word too, and the instant it is in force `from`, is added to
the file. The second count reads the same file, by itself.
"""

from datetime import datetime
from pathlib import Path

import msgspec

from shared.contracts.local_policy import Versions


class Issued(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """NHS numbers that are given to people, by their first three digits.

    `dated` numbers begin with the day on which their bearer was born: DDMMYY, as Scotland's CHI numbers do.
    """

    first: int
    last: int
    whose: str
    dated: bool = False


class Policy(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"since": "from"}):
    """One version. A `filler` is written as it compares: letters and digits alone, in capitals.

    `issued` are the ranges of numbers that people have, `tests` the range that nobody has, which counts where an
    installation is said to hold invented people. `fillers` stand where a reference or a number should, and name
    nobody; so does whatever is made of `filler_words` alone. Those of them that say `unknown` may be numbered.
    """

    version: str
    since: datetime | None
    issued: tuple[Issued, ...]
    tests: Issued
    fillers: frozenset[str]
    filler_words: frozenset[str]
    unknown: frozenset[str]


def versions_in(text: bytes) -> Versions[Policy]:
    """The versions in a file, the first in force from the beginning. Raises ValueError where one is out of its turn."""
    first, *later = msgspec.json.decode(text, type=list[Policy])
    in_force = [(one.since, one) for one in later if one.since is not None and one.since.tzinfo is not None]
    since = [at for at, _ in in_force]
    if first.since is not None or len(in_force) < len(later) or since != sorted(set(since)):
        raise ValueError("the first version is in force from null, each later one from an instant after the one before")
    return Versions(first, tuple(in_force))


VERSIONS = versions_in(Path(__file__).with_suffix(".json").read_bytes())
"""Every version there has been."""
