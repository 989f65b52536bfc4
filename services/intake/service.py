"""Intake as a value: what it reads, what it writes, and how it answers its doors."""

from services.intake.cases import Case, follows
from services.intake.decisions import READS, decide, keys
from services.intake.views import VIEWS
from shared.chassis.service import Service
from shared.contracts.intake import (
    AdultPossiblyDuplicated,
    AdultsMerged,
    AdultsUnmerged,
    ConcernLinkedAsDuplicate,
    ConcernReceived,
    ConcernReinstated,
    ConcernUnlinked,
    ConcernWithdrawn,
    ReportAccepted,
    ReportRefused,
    ReportUnreadable,
)

service: Service[Case] = Service(
    name="intake",
    port=8401,
    reads=READS,
    writes=(
        ReportAccepted,
        ReportRefused,
        ReportUnreadable,
        ConcernReceived,
        ConcernLinkedAsDuplicate,
        *(ConcernUnlinked, ConcernWithdrawn, ConcernReinstated),
        *(AdultPossiblyDuplicated, AdultsMerged, AdultsUnmerged),
    ),
    state=Case,
    keys=keys,
    decide=decide,
    follows=follows,
    refusals=dict.fromkeys(READS, ReportRefused),
    views=VIEWS,
)
