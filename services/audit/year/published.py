"""What Coventry published of two years (seed 003): the yardstick beside our figures, never their aim.

A percentage stands as it was printed, also where it follows from no base that was.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Published:
    """A published figure: a number, a percentage or both, and the lines of seed 003 it stands in."""

    source: str
    count: int | None = None
    percent: int | None = None


_RISK = Published("seed 003:3466", percent=94)

PUBLISHED: Mapping[str, Mapping[str, Published]] = {
    "2022-23": {
        "concerns": Published("seed 003:876-878", 6_278),
        "enquiries_started": Published("seed 003:882-884", 1_055),
        "enquiries_concluded": Published("seed 003:894-896", 985),
        "conversion_s42": Published("seed 003:888-890", percent=17),
        "msp_asked_adults": Published("seed 003:904-906", 890, 90),
        "achieved_fully_or_partially": Published("seed 003:910-912", percent=94),
        "risk_reduced_or_removed": _RISK,
    },
    "2023-24": {
        "concerns": Published("seed 003:876-878", 6_796),
        "enquiries_started": Published("seed 003:882-884", 1_353),
        "enquiries_concluded": Published("seed 003:894-896", 1_345),
        "conversion_s42": Published("seed 003:888-890", percent=20),
        "concluded_within_3_months": Published("seed 003:900-902", percent=77),
        "msp_asked_adults": Published("seed 003:904-906", 1_018, 87),
        "achieved_fully_or_partially": Published("seed 003:910-912", percent=96),
        "risk_reduced_or_removed": _RISK,
    },
}

_ASKED = '"1,018 people (87 %)" follows from none of these bases: each is printed with its own.'
_RISK_HAS_NO_YEAR = '94 % "risk reduced or removed" has no year and no base (003:3466): it stands beside both years.'
_CONCLUDED_OF_WHAT = "77 % within three months does not say of which enquiries (003:900-902): ours are the concluded."
_ELSEWHERE = "England's 29 % and the West Midlands' 16 % (2022-23, 003:920) are measured like conversion_s42."

REMARKS: Mapping[str, tuple[str, ...]] = {
    "2022-23": (_RISK_HAS_NO_YEAR, _ELSEWHERE),
    "2023-24": (_ASKED, _RISK_HAS_NO_YEAR, _CONCLUDED_OF_WHAT, _ELSEWHERE),
}
"""What somebody who reads a year's published figures beside ours has to know."""
