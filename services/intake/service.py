"""Intake as a value: what it reads, what it writes, and how it answers its doors."""

from services.intake.careful import read_with_care, says_all
from services.intake.cases import Case, follows
from services.intake.decisions import RULES, decide, keys
from services.intake.duty import key_of, remember
from services.intake.figures import GAUGES, marks
from services.intake.views import VIEWS
from shared.chassis.service import Aside, Careful, Service
from shared.contracts import stated_by
from shared.contracts.doors import ConcernReported
from shared.contracts.intake import ReportRefused

service: Service[Case] = Service(
    name="intake",
    port=8401,
    reads=tuple(RULES),
    writes=stated_by("intake"),
    state=Case,
    keys=keys,
    decide=decide,
    follows=follows,
    aside=Aside(key_of, remember),
    careful={ConcernReported: Careful(says_all, read_with_care)},
    refusals=dict.fromkeys(RULES, ReportRefused),
    marks=marks,
    gauges=GAUGES,
    views=VIEWS,
    projection=2,
)
