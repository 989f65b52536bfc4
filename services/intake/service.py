"""Intake as a value: what it reads, what it writes, and how it answers its doors."""

from services.intake.cases import Case
from services.intake.decisions import decide, keys
from services.intake.views import VIEWS
from shared.chassis.service import Service
from shared.contracts.doors import ConcernReported, DuplicateFound
from shared.contracts.intake import (
    AdultPossiblyDuplicated,
    ConcernLinkedAsDuplicate,
    ConcernReceived,
    ReportAccepted,
    ReportRefused,
)

service: Service[Case] = Service(
    name="intake",
    reads=(ConcernReported, DuplicateFound),
    writes=(
        ReportAccepted,
        ReportRefused,
        ConcernReceived,
        ConcernLinkedAsDuplicate,
        AdultPossiblyDuplicated,
    ),
    state=Case,
    keys=keys,
    decide=decide,
    refusals={ConcernReported: ReportRefused, DuplicateFound: ReportRefused},
    views=VIEWS,
)
