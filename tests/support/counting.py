"""A fifth service, of one small file, written from shared/chassis/README.md alone: it counts each adult's concerns.

Run it with `python -m tests.support.counting`, in the environment of any other service.
"""

from collections.abc import Mapping
from uuid import UUID

import msgspec

from shared.chassis.app import run
from shared.chassis.service import Service
from shared.contracts.intake import ConcernReceived
from shared.kernel.decision import Decision
from shared.kernel.event import Metadata


class Count(msgspec.Struct, frozen=True):
    """How many concerns an adult has had."""

    concerns: int


def keys(event: ConcernReceived) -> tuple[UUID, ...]:
    """A count is a matter of one adult."""
    return (event.adult_id,)


def decide(cases: Mapping[UUID, Count], event: ConcernReceived, meta: Metadata) -> Decision[Count]:  # noqa: ARG001
    """One more. That an event counts once, whoever dies, is the chassis' business."""
    known = cases.get(event.adult_id, Count(0))
    return Decision({event.adult_id: Count(known.concerns + 1)})


service: Service[Count] = Service(
    name="counting", reads=(ConcernReceived,), writes=(), state=Count, keys=keys, decide=decide
)

if __name__ == "__main__":
    run(service)
