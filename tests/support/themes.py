"""A fifth service, as somebody would write it: what it is, said in one folder, one contract module and one sample.

It counts the concerns that name a provider, and tells the coordinator of the third within ninety days.
"""

from __future__ import annotations

import json

TYPE = "safeguarding.themes.provider-theme-found.v1"
TOPIC = "themes"

_CONTRACT = f'''\
"""What themes states: what several concerns have in common."""

from typing import ClassVar
from uuid import UUID

from shared.kernel.event import Event
from shared.kernel.fields import Instant


class ProviderThemeFound(Event):
    """Three concerns within ninety days name one provider: somebody should look at what they have in common."""

    type: ClassVar[str] = "{TYPE}"
    topic: ClassVar[str] = "{TOPIC}"
    key_field: ClassVar[str] = "provider_id"
    subject_field: ClassVar[str] = "provider_id"
    reader: ClassVar[str] = "coordinator"
    sentence: ClassVar[str] = "three concerns name provider {{provider_id}} between {{first_at}} and {{last_at}}"

    provider_id: UUID
    first_at: Instant
    last_at: Instant
'''

_CASES = '''\
"""What themes keeps of a provider."""

from datetime import datetime

import msgspec


class Provider(msgspec.Struct, frozen=True):
    """When the concerns that name it were received, in order, and whether that has been told."""

    received: tuple[datetime, ...] = ()
    told: bool = False
'''

_DECISIONS = '''\
"""The third concern about a provider within ninety days is told, once."""

from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

from services.themes.cases import Provider
from shared.contracts.intake import ConcernReceived
from shared.contracts.themes import ProviderThemeFound
from shared.kernel.decision import Decision
from shared.kernel.event import Metadata

WITHIN = timedelta(days=90)


def keys(event: ConcernReceived) -> tuple[UUID, ...]:
    """A concern is a matter of the provider that it names."""
    return () if event.provider_id is None else (event.provider_id,)


def decide(cases: Mapping[UUID, Provider], event: ConcernReceived, _: Metadata) -> Decision[Provider]:
    """One more of a provider; the first three that lie close enough are told."""
    (provider,) = keys(event)
    known = cases.get(provider, Provider())
    received = tuple(sorted((*known.received, event.received_at)))
    close = [(first, last) for first, last in zip(received, received[2:], strict=False) if last - first <= WITHIN]
    if known.told or not close:
        return Decision({provider: Provider(received, known.told)})
    first, last = close[0]
    fact = ProviderThemeFound(provider_id=provider, first_at=first, last_at=last)
    return Decision({provider: Provider(received, told=True)}, (fact,))
'''

_SERVICE = '''\
"""Themes as a value: what it reads and what it writes."""

from services.themes.cases import Provider
from services.themes.decisions import decide, keys
from shared.chassis.service import Service
from shared.contracts.intake import ConcernReceived
from shared.contracts.themes import ProviderThemeFound

service: Service[Provider] = Service(
    name="themes",
    port=8405,
    reads=(ConcernReceived,),
    writes=(ProviderThemeFound,),
    state=Provider,
    keys=keys,
    decide=decide,
)
'''

_SAMPLE = {
    "specversion": "1.0",
    "id": "019cfb78-6f60-7805-9215-70bc684573a5",
    "source": "/section42/themes",
    "type": TYPE,
    "time": "2026-03-17T11:05:00+00:00",
    "correlationid": "5dbfddb0-5f69-5e17-b950-a50a0a8eb74f",
    "causationid": "019cfb77-8500-7eef-9eb6-bdfb39b93157",
    "subject": "e6f481df-38ba-503c-8030-c0a4a41ed0b4",
    "datacontenttype": "application/json",
    "data": {
        "provider_id": "e6f481df-38ba-503c-8030-c0a4a41ed0b4",
        "first_at": "2026-01-05T09:00:00Z",
        "last_at": "2026-03-17T11:05:00Z",
    },
}

FILES = {
    "services/themes/__init__.py": '"""Themes finds what several concerns have in common: so far, their provider."""\n',
    "services/themes/cases.py": _CASES,
    "services/themes/decisions.py": _DECISIONS,
    "services/themes/service.py": _SERVICE,
    "shared/contracts/themes.py": _CONTRACT,
    f"tests/contracts/samples/{TYPE}/whole.json": json.dumps(_SAMPLE, indent=2) + "\n",
}
"""All that anybody writes, by its place."""
