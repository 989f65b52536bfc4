"""What audit remembers of enquiry work at the concern stage: the work, and whether its enquiry was opened."""

from datetime import datetime
from uuid import UUID

import msgspec

from services.audit.causes import EndedBy


class Work(msgspec.Struct, frozen=True, omit_defaults=True, tag="work"):
    """Enquiry work at the concern stage, by the enquiry that should be there; kept apart because no adult is known."""

    enquiry_id: UUID
    first_recorded_at: datetime
    due_at: datetime
    concern_id: UUID | None = None


class Opened(msgspec.Struct, frozen=True, omit_defaults=True, tag="opened"):
    """An enquiry that has been opened, by its own id: work told of late was logged as it should be after all."""

    enquiry_id: UUID
    recorded: datetime
    by: EndedBy | None = None
