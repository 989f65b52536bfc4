import pytest

from services import SERVICES
from services.command.registry import load
from services.command.topics import UNPACKED_MAX
from shared.chassis.delivery.kafka.codecs import BATCH_MAX_BYTES
from shared.contracts import CATALOGUE, DOORS, WRITERS, writer_of
from shared.contracts.topics import JOURNALS, OTHERS, READ_BY_NO_SERVICE, READERS, TOPICS, Topic, dead_letters_of

BY_NAME = {topic.name: topic for topic in TOPICS}
LARGEST_FACT = max(topic.max_message_bytes for topic in TOPICS if not topic.door and ".dead-" not in topic.name)
DEAD = {topic.name for topic in TOPICS if topic.name.endswith(".dead-letters")}


def test_every_topic_of_the_catalogue_is_declared_once_and_no_other_is() -> None:
    assert sorted(BY_NAME.keys() - DEAD) == sorted({event.topic for event in CATALOGUE.values()})
    assert len(TOPICS) == len(BY_NAME)


@pytest.mark.parametrize("topic", [t for t in TOPICS if t.name not in DEAD and not t.door], ids=lambda t: t.name)
def test_a_topic_of_facts_is_written_by_the_service_that_declares_its_events(topic: Topic) -> None:
    writers = {writer_of(event) for event in CATALOGUE.values() if event.topic == topic.name}

    assert writers == {topic.writer}
    assert topic.writer in SERVICES
    assert topic.retention_days is None
    assert topic.config["retention.ms"] == "-1"
    assert topic.config["message.timestamp.type"] == "CreateTime"


def test_whoever_writes_is_a_service_and_every_service_has_a_module_of_its_own() -> None:
    assert set(WRITERS) == set(SERVICES)


def test_everything_on_a_topic_has_the_same_reader() -> None:
    for topic, reader in READERS.items():
        assert {event.reader for event in CATALOGUE.values() if event.topic == topic} == {reader}


def test_a_door_is_written_by_others_and_stamps_what_arrives() -> None:
    doors = {topic.name: topic for topic in TOPICS if topic.door}

    assert doors.keys() == DOORS
    assert {door.writer for door in doors.values()} == {OTHERS}
    assert {door.config["message.timestamp.type"] for door in doors.values()} == {"LogAppendTime"}
    assert {door.config["retention.ms"] for door in doors.values()} == {str(30 * 86_400_000)}
    assert doors["clock"].partitions == 1


def test_one_record_unpacks_to_no_more_than_a_fact_may_have_and_all_that_fits_unpacked_fits_packed() -> None:
    for topic in (*TOPICS, *JOURNALS):
        bound = int(topic.config[UNPACKED_MAX])
        assert topic.max_message_bytes <= bound <= (BATCH_MAX_BYTES if topic.name in DOORS else 2 * 1024 * 1024)


def test_a_door_takes_whatever_a_client_makes_one_batch_of_and_no_more_than_is_unpacked() -> None:
    """Kafka's own clients make batches of 1,048,588 bytes at most; kafkajs one of all that is sent to a partition."""
    assert {BY_NAME[door].max_message_bytes for door in DOORS} == {BATCH_MAX_BYTES}
    assert min(topic.max_message_bytes for topic in TOPICS) >= 1024 * 1024


def test_whatever_a_service_reads_has_a_place_for_dead_letters_with_room_for_the_wrapping() -> None:
    read = BY_NAME.keys() - DEAD - READ_BY_NO_SERVICE

    assert {dead_letters_of(name) for name in read} == DEAD
    for name in read:
        room = BY_NAME[dead_letters_of(name)].max_message_bytes
        assert room >= 2 * (LARGEST_FACT if name in DOORS else BY_NAME[name].max_message_bytes)


def test_the_topics_no_service_reads_are_those_that_none_reads() -> None:
    services = [load(name) for name in SERVICES]

    read = {topic for service in services for topic in service.topics} | {"clock"}

    assert BY_NAME.keys() - DEAD - read == READ_BY_NO_SERVICE
