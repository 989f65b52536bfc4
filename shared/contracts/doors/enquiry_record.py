"""What every record about an enquiry has in common."""

from typing import ClassVar
from uuid import UUID

from shared.kernel.event import Event


class EnquiryRecord(Event):
    """Something a practitioner records about an enquiry.

    `concern_id` says which concern the work belongs to; it matters where the work is done while no enquiry has been
    opened, which the open-concerns audit looks for (seed 003:3697).
    """

    topic: ClassVar[str] = "enquiry-records"
    key_field: ClassVar[str] = "enquiry_id"
    subject_field: ClassVar[str] = "enquiry_id"

    enquiry_id: UUID
    concern_id: UUID | None = None
