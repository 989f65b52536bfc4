"""How a finding that is sent again is known, and in which order findings stand.

Two records of one instant are settled by what they say, never by which came first, and one that is sent again under
another id of its event is the same record.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Protocol, TypeVar
from uuid import UUID

from shared.contracts.doors import EnquiryRecord
from shared.kernel.identity import derived


class Printed(Protocol):
    """Whatever is kept with a fingerprint of the record that said it."""

    @property
    def at(self) -> datetime: ...

    @property
    def fingerprint(self) -> UUID: ...


P = TypeVar("P", bound=Printed)


def fingerprint(record: EnquiryRecord) -> UUID:
    """The same for the same record as declared, whoever sends it and whether or not it names the concern as well."""
    return derived(record.type, record.model_dump_json(exclude={"concern_id"}))


def known(record: EnquiryRecord, among: Iterable[Printed]) -> bool:
    """Whether a record was noted before."""
    printed = fingerprint(record)
    return any(printed == one.fingerprint for one in among)


def by_time(kept: Iterable[P], one_more: P) -> tuple[P, ...]:
    """What is kept with one more, by time; of one instant by what they say."""
    return tuple(sorted((*kept, one_more), key=lambda one: (one.at, one.fingerprint)))
