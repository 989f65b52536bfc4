"""A fact as a record: what its headers carry on from its cause, and how large it may be."""

from datetime import timedelta

from shared.chassis.delivery.deciding.budget import too_large
from shared.chassis.delivery.records.wire import Fact
from shared.chassis.delivery.records.writer import Writer
from shared.contracts.audit import RepeatReviewDone
from shared.contracts.topics import TOPICS
from shared.kernel.event import Metadata
from tests.unit.chassis.records import ADA, NOON, header

CAUSE = Metadata(
    identity="identity", id="id", source="/tests", type="type", occurred=NOON - timedelta(days=2),
    received=NOON - timedelta(days=1), recorded=NOON, correlation="correlation", known_as="cause",
)  # fmt: skip
DONE = RepeatReviewDone(review_id=ADA, adult_id=ADA, safety_planning="x", reviewed_by="worker", reviewed_at=NOON)
LARGEST = next(topic for topic in TOPICS if topic.name == DONE.topic).max_message_bytes


def test_a_fact_bears_the_time_its_cause_was_recorded_and_the_names_of_what_it_follows_from() -> None:
    fact = Writer("diary").write(DONE, CAUSE)

    carried = {name: header(fact, f"ce_{name}") for name in ("time", "correlationid", "causationid", "source", "type")}
    assert carried == {
        "time": NOON.isoformat(), "correlationid": "correlation", "causationid": "cause", "source": "/section42/diary",
        "type": DONE.type,
    }  # fmt: skip


def test_key_and_value_and_what_is_wrapped_around_them_fit_the_topic() -> None:
    wrapped = 4096

    def of(key: int, value: int) -> Fact:
        return Fact(DONE.topic, b"k" * key, [], b"v" * value)

    assert not too_large(of(36, LARGEST - wrapped - 36))
    assert too_large(of(37, LARGEST - wrapped - 36))
    assert too_large(of(36, LARGEST - wrapped - 35))
