"""Every topic there is, in one list: who writes it, how it is divided, how long it is kept, what fits into it.

Names here are without the installation's prefix. How many copies a topic has is the installation's own choice, made
when it is created.
"""

from dataclasses import dataclass

from shared.contracts import CATALOGUE, DOORS, WRITERS, writer_of

OTHERS = "others"
"""The writer of a door: the systems and pages of other people."""

PARTITIONS = 6
_MIB = 1024 * 1024
_MILLISECONDS_A_DAY = 24 * 60 * 60 * 1000
_DEAD_LETTERS = ".dead-letters"
_JOURNAL = ".journal"
_BATCH = 8 * _MIB
"""What senders' clients make one batch of: Kafka's own a megabyte, kafkajs all that is sent at once to a partition. It
is what a batch may unpack to (`chassis/delivery/kafka/codecs.py`)."""
UNPACKED_MAX = "max.decompressed.message.bytes"
"""Kafka's own name, from 4.4 on, for what one record of a packed batch may unpack to. At a door it is no bound of its
own: that a record is too large is for whoever reads it to say, in an answer."""
_HEARTBEAT = ".heartbeat"
_MILLISECONDS_AN_HOUR = 60 * 60 * 1000
DOOR_RETENTION_DAYS = 30
"""How long the doors and the journals are kept: the age of the oldest backup that tells nothing twice."""

READERS: dict[str, str] = {event.topic: event.reader for event in CATALOGUE.values() if event.reader}
"""Who reads what no service reads."""
READ_BY_NO_SERVICE = frozenset(READERS.keys() - DOORS)
"""Topics for senders, coordinators and other systems; having no reader of ours, they need no place for dead letters."""


@dataclass(frozen=True, slots=True)
class Topic:
    """One topic. `retention_days` None means it is kept for ever; a `stamped` one's records bear the log's time.

    What a `passing` one carries nobody will want to see: it is kept for an hour.
    """

    name: str
    writer: str
    partitions: int
    retention_days: int | None
    max_message_bytes: int
    door: bool = False
    stamped: bool = False
    passing: bool = False

    @property
    def config(self) -> dict[str, str]:
        """Kafka's own settings for it, by Kafka's own names."""
        hour = str(_MILLISECONDS_AN_HOUR)
        kept = -1 if self.retention_days is None else self.retention_days * _MILLISECONDS_A_DAY
        return {
            "cleanup.policy": "delete",
            "max.message.bytes": str(self.max_message_bytes),
            # Of one record, not of a batch: that is bounded where it is unpacked (delivery/kafka/unpacking.py).
            UNPACKED_MAX: str(max(self.max_message_bytes, _MIB)),
            # A door's record bears the time it reached us, whatever its sender's clock says.
            "message.timestamp.type": "LogAppendTime" if self.door or self.stamped else "CreateTime",
            "retention.ms": str(kept),
        } | ({"retention.ms": hour, "segment.ms": hour} if self.passing else {})


def dead_letters_of(topic: str) -> str:
    """The topic that takes what could not be read from this one; with or without the prefix."""
    return topic + _DEAD_LETTERS


def journal_of(service: str) -> str:
    """The topic in which a service writes down, before it states any fact, what it took and in which order."""
    return service + _JOURNAL


def heartbeat_of(service: str) -> str:
    """The topic that a service writes to see whether Kafka takes writes; nobody reads it."""
    return service + _HEARTBEAT


def _writer(topic: str) -> str:
    writers = {writer_of(event) for event in CATALOGUE.values() if event.topic == topic}
    if len(writers) != 1:
        raise ValueError(f"{topic} must have one writer, and has {sorted(writers)}")
    return OTHERS if topic in DOORS else writers.pop()


def _door(name: str) -> Topic:
    partitions = 1 if name == "clock" else PARTITIONS
    return Topic(name, OTHERS, partitions, retention_days=DOOR_RETENTION_DAYS, max_message_bytes=_BATCH, door=True)


def _facts(name: str) -> Topic:
    return Topic(name, _writer(name), PARTITIONS, retention_days=None, max_message_bytes=_MIB)


def _dead_letters(name: str) -> Topic:
    """Room for the largest fact and what is wrapped around it; one partition, since people read it in order.

    Of a larger record from a door it has the beginning, and size and hash of the whole.
    """
    writer = "its readers"
    return Topic(dead_letters_of(name), writer, partitions=1, retention_days=365, max_message_bytes=2 * _MIB)


def _journal(service: str) -> Topic:
    """One partition, since its order is what it is for; the broker's clock is told by its acknowledgements."""
    return Topic(
        journal_of(service), service, partitions=1, retention_days=DOOR_RETENTION_DAYS, max_message_bytes=_MIB,
        stamped=True,
    )  # fmt: skip


def _heartbeat(service: str) -> Topic:
    """Three partitions, so that three brokers are tried; a record is empty."""
    return Topic(
        heartbeat_of(service),
        service,
        partitions=3,
        retention_days=1,
        max_message_bytes=_MIB // 1024,
        stamped=True,
        passing=True,
    )


_NAMES = sorted({event.topic for event in CATALOGUE.values()})

TOPICS: tuple[Topic, ...] = (
    *(_door(name) for name in _NAMES if name in DOORS),
    *(_facts(name) for name in _NAMES if name not in DOORS),
    *(_dead_letters(name) for name in _NAMES if name not in READ_BY_NO_SERVICE),
)
"""Doors, then our own facts, then dead letters."""

JOURNALS: tuple[Topic, ...] = tuple(_journal(service) for service in WRITERS)
"""What each service took and in which order: for itself alone, and for whoever checks it."""

HEARTBEATS: tuple[Topic, ...] = tuple(_heartbeat(service) for service in WRITERS)
"""Where each service tries whether it can write."""
