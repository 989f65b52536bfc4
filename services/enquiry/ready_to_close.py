"""What was found and planned, as it bears on closing an enquiry."""

from collections.abc import Iterable
from typing import Any

from services.enquiry.cases import Enquiry
from shared.kernel.decision import Reason


def objections(_enquiry: Enquiry) -> Iterable[Reason]:
    """Every reason of what was found and planned why the enquiry cannot be closed now."""
    return ()


def findings_now(_enquiry: Enquiry) -> dict[str, Any]:
    """What stands of the findings, as a conclusion states it."""
    return {}
