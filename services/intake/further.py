"""More about a concern that was received: nothing of the first is overwritten, and a person has to look.

Sender and reference make a concern, so a second report under them is about the first, or was given a reference that was
taken: another incident, or another adult. Only a person can say which; until they have, it stands on the duty list.
"""

from collections.abc import Iterable
from datetime import UTC
from typing import NamedTuple

from msgspec.structs import replace

from services.intake.acceptance import ABOUT_A_CHILD, considered, reasons_against
from services.intake.cases import Concern, DutyKind
from services.intake.duty import of_report, put
from shared.contracts.doors import ConcernReported
from shared.contracts.intake import FurtherInformationReceived
from shared.kernel.decision import Reason
from shared.kernel.event import Metadata

REMEMBERED = 50
"""So many further reports of a concern are known again; what is sent again beyond that is told once more."""
DIFFERS = Reason(
    code="differs_from_first",
    says="This report was received before, and what was sent now says more or other. The concern stands as first "
    "received; what is new is kept with it, and stands before our duty team. If it is another incident, or about "
    "another adult, report it under a reference of its own.",
)


class Further(NamedTuple):
    """The concern with what was said of it since, the facts that follow, and what the receipt remarks on."""

    concern: Concern
    facts: tuple[FurtherInformationReceived, ...]
    remarks: tuple[Reason, ...]


def note(known: Concern, report: ConcernReported, digest: str, meta: Metadata) -> Further:
    """Take what a report says under a reference of which another was received; once, however often it is sent."""
    taken = considered(report, meta.received)
    remarks = (DIFFERS, *taken.remarks)
    if digest in known.further:
        return Further(known, (), remarks)
    child = taken.possibly_under_18 or bool(_words(reasons_against(taken.report, meta.received)) & ABOUT_A_CHILD)
    received_at = meta.received.astimezone(UTC)
    item = of_report(taken.report, DutyKind.FURTHER, (*meta.remarks, *remarks), meta, received_at)
    assert item is not None  # noqa: S101  only what was set aside may be nothing
    fact = FurtherInformationReceived(
        concern_id=report.concern_id,
        adult_id=known.adult_id,
        received_at=received_at,
        report=taken.report,
        possibly_under_18=child,
    )
    concern = replace(
        known,
        further=(*known.further, digest)[-REMEMBERED:],
        duty=put(known.duty, replace(item, child=child)),
    )
    return Further(concern, (fact,), remarks)


def _words(reasons: Iterable[Reason]) -> frozenset[str]:
    return frozenset(reason.code for reason in reasons)
