"""Who states what and who reads it: laws over the services as values."""

from __future__ import annotations

import re
from collections import Counter
from itertools import chain
from typing import Any

import pytest

from shared.chassis.service import Service
from shared.contracts import CATALOGUE, DOORS, topics, writer_of
from shared.contracts.refusal import Refusal
from shared.kernel.event import Event
from tests.architecture.tree import services

EVERY_SERVICE = pytest.mark.parametrize("service", services(), ids=lambda service: service.name)
EVERY_EVENT = pytest.mark.parametrize("event", CATALOGUE.values(), ids=lambda event: event.type)
OURS = [event for event in CATALOGUE.values() if event.topic not in DOORS]
_TYPE = re.compile(r"^safeguarding(\.[a-z0-9]+(-[a-z0-9]+)*){2}\.v[1-9]\d*$")


def test_every_fact_is_stated_by_exactly_one_service_which_is_the_one_that_declares_it() -> None:
    writers = Counter(event for service in services() for event in service.writes)

    assert writers == Counter(OURS)
    for service in services():
        assert {writer_of(event) for event in service.writes} == {service.name}


def test_every_topic_has_one_writer() -> None:
    writers: dict[str, set[str]] = {}
    for service in services():
        for event in service.writes:
            writers.setdefault(event.topic, set()).add(service.name)

    assert all(len(names) == 1 for names in writers.values())
    assert not writers.keys() & DOORS


def test_every_door_is_read_by_exactly_one_service() -> None:
    readers = Counter(topic for service in services() for topic in service.topics if topic in DOORS)

    assert readers == Counter(DOORS - {"clock"})  # the chassis itself follows a driven clock


@EVERY_SERVICE
def test_what_is_read_and_written_is_in_the_catalogue(service: Service[Any]) -> None:
    for event in chain(service.reads, service.writes):
        assert CATALOGUE[event.type] is event
    assert len(set(service.reads)) == len(service.reads)
    assert not set(service.reads) & set(service.writes)


@EVERY_SERVICE
def test_every_refusal_answers_a_door_and_every_door_has_one(service: Service[Any]) -> None:
    doors = {event for event in service.reads if event.topic in DOORS}

    assert service.refusals.keys() == doors
    assert set(service.refusals.values()) == {event for event in service.writes if issubclass(event, Refusal)}


@EVERY_EVENT
def test_a_type_says_what_has_happened_and_which_version(event: type[Event]) -> None:
    assert _TYPE.match(event.type)
    assert (event.__doc__ or "").strip()
    for field in (event.key_field, event.subject_field):
        assert field in event.model_fields or hasattr(event, field)


def test_a_service_s_own_events_reach_somebody() -> None:
    read = {event for service in services() for event in service.reads}
    unread = {event.topic for event in OURS if event not in read}

    for topic in unread:
        assert topic in topics.READ_BY_NO_SERVICE or any(event.topic == topic for event in read), topic


def test_events_of_one_name_are_one_class() -> None:
    assert len({event.__name__ for event in CATALOGUE.values()}) == len(CATALOGUE)
