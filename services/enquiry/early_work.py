"""Enquiry work recorded where no enquiry has been opened: the open-concerns audit looks for it (seed 003:3697).

The record waits, because its enquiry may only be on its way. After a day nobody can say that any more, and it is
stated, once (design section 4, rule 12).
"""

from msgspec.structs import replace

from services.enquiry.cases import Case, EarlyWork
from services.enquiry.policy import VERSIONS
from shared.contracts.doors.enquiry_record import EnquiryRecord
from shared.contracts.enquiry import WorkWithoutEnquiry
from shared.kernel.decision import Decision, Wait
from shared.kernel.event import Due, Metadata

WITHOUT_ENQUIRY = "work_without_enquiry"


def remembered(known: Case | None, record: EnquiryRecord, meta: Metadata, answer: Wait) -> Wait:
    """The wait of a record, with the case remembering since when such work has been recorded.

    The first is the one that was recorded first, in whichever order they are looked at.
    """
    before = known if isinstance(known, EarlyWork) else EarlyWork(record.enquiry_id, meta.recorded)
    work = replace(
        before,
        first_recorded_at=min(before.first_recorded_at, meta.recorded),
        concern_id=before.concern_id or record.concern_id,
    )
    return answer if work == known else answer._replace(cases={record.enquiry_id: work})


def waiting_until(work: EarlyWork) -> tuple[Due, ...]:
    """When it has to be told; nothing once it was."""
    if work.stated_at is not None:
        return ()
    grace = VERSIONS.at(work.first_recorded_at).early_work_grace
    return (Due(WITHOUT_ENQUIRY, work.enquiry_id, work.first_recorded_at + grace),)


def state_it(work: EarlyWork, due: Due) -> Decision[Case]:
    """The fact that there is work and no enquiry."""
    fact = WorkWithoutEnquiry(
        enquiry_id=work.enquiry_id,
        concern_id=work.concern_id,
        first_recorded_at=work.first_recorded_at,
        due_at=due.at,
    )
    return Decision({work.enquiry_id: replace(work, stated_at=due.at)}, (fact,))
