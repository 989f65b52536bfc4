"""What intake remembers: concerns received, and whose they are; identifiers, and the adult they name.

Nothing here says who anybody is. Names, birth dates, numbers and narratives are on the topics only;
identifiers are remembered as hashes.
"""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

import msgspec

from shared.contracts.doors import Channel


class Concern(msgspec.Struct, frozen=True, omit_defaults=True, tag="concern"):
    """A concern that was accepted. It keeps the adult it was received for, for life (delivery rule 6).

    `digest` tells a resend from a different report under the same reference. `linked` are the concerns that a
    person found to report the same incident, in no order of rank: the relation is symmetric.
    """

    adult_id: UUID
    received_at: datetime
    sender: str
    channel: Channel
    digest: str
    linked: tuple[UUID, ...] = ()


class Identifier(msgspec.Struct, frozen=True, omit_defaults=True, tag="identifier"):
    """An NHS number or a sender's person reference, known by its hash alone, and the adult it points to."""

    adult_id: UUID


Case = Concern | Identifier


def concern_in(cases: Mapping[UUID, Case], concern_id: UUID) -> Concern | None:
    """The concern, if it has been received."""
    case = cases.get(concern_id)
    return case if isinstance(case, Concern) else None


def adult_named_by(cases: Mapping[UUID, Case], identifier: UUID) -> UUID | None:
    """The adult an identifier points to, if it has been seen before."""
    case = cases.get(identifier)
    return case.adult_id if isinstance(case, Identifier) else None
