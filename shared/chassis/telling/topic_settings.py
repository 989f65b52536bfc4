"""Whether our topics keep what they must, by the settings that Kafka has for them just now.

Anybody with a Kafka tool can shorten a topic's retention, or have it compacted, and nothing fails: records are gone
before they are read, and a restore finds no journal. So every service asks twice a minute, and `section42 status` too.
"""

import time
from collections.abc import Collection, Mapping
from math import inf, nan
from typing import Any

import structlog
from aiokafka.errors import IncompatibleBrokerVersion, for_code
from aiokafka.protocol.admin import DescribeConfigsRequest

from shared.chassis.delivery.kafka.log_reader import LogReader, NotKnownError
from shared.chassis.process.metrics import Metrics
from shared.chassis.process.settings import Settings
from shared.chassis.service import Service
from shared.contracts.topics import JOURNALS, TOPICS

log = structlog.get_logger()
_EVERY_S = 30.0
_AGAIN_S = 5.0
_BELIEVED_S = 180.0
_TOPIC = 2
_NO_SUCH_TOPIC = 3
_LOG_S_TIME = "LogAppendTime"
_ASKED = ("cleanup.policy", "retention.ms", "retention.bytes", "max.message.bytes", "message.timestamp.type")
DECLARED: dict[str, Mapping[str, str]] = {topic.name: topic.config for topic in (*TOPICS, *JOURNALS)}
"""The settings of every topic whose records somebody needs, by its name without the prefix."""


def misconfigured(declared: Mapping[str, str], is_now: Mapping[str, str]) -> list[str]:
    """What of a topic's settings loses records, refuses ours, or lets senders say when a record came; a reason each.

    What Kafka does not say of a setting counts as well: we know no better.
    """
    found = []
    policy = is_now.get("cleanup.policy", "delete")
    if "compact" in policy:
        found.append(f"cleanup.policy={policy} drops all but the last record of a key")
    kept, wanted = int(is_now.get("retention.ms", -1)), int(declared["retention.ms"])
    if "delete" in policy and kept != -1 and (wanted == -1 or kept < wanted):
        found.append(f"retention.ms={kept} deletes what must be kept")
    if (size := is_now.get("retention.bytes", "-1")) != "-1":
        found.append(f"retention.bytes={size} deletes what must be kept")
    if (largest := int(is_now.get("max.message.bytes", declared["max.message.bytes"]))) < int(
        declared["max.message.bytes"]
    ):
        found.append(f"max.message.bytes={largest} refuses records that must fit")
    times = is_now.get("message.timestamp.type", declared["message.timestamp.type"])
    if times != _LOG_S_TIME == declared["message.timestamp.type"]:
        found.append(f"message.timestamp.type={times} lets its writers say when a record came")
    return found


async def settings_of(reader: LogReader, topics: Collection[str]) -> dict[str, dict[str, str]]:
    """The settings of those topics that are there, by their full names.

    Raises NotKnownError where a broker does not say them all: nobody knows better of one that may not be described.
    """
    refused = ""
    for node in reader.brokers():
        try:
            answer = await reader.ask(node, DescribeConfigsRequest([(_TOPIC, name, list(_ASKED)) for name in topics]))
        except (NotKnownError, IncompatibleBrokerVersion):
            continue
        codes = {error for error, *_ in answer.resources} - {0, _NO_SUCH_TOPIC}
        if not codes:
            return {
                name: {entry[0]: entry[1] for entry in entries if entry[1] is not None}
                for error, _, _, name, entries in answer.resources
                if not error
            }
        refused = f" ({', '.join(sorted(for_code(code).__name__ for code in codes))})"
    raise NotKnownError(f"no broker says how the topics are set{refused}")


async def misconfigured_topics(reader: LogReader, topics: Collection[str], prefix: str) -> dict[str, str]:
    """What is wrong with each of these topics that something is wrong with. Raises NotKnownError."""
    found = {}
    for name, is_now in (await settings_of(reader, [prefix + topic for topic in topics])).items():
        if reasons := misconfigured(DECLARED[name.removeprefix(prefix)], is_now):
            found[name.removeprefix(prefix)] = ", ".join(reasons)
    return found


class TopicSettings:
    """Looks at the topics that one service reads and writes, and tells of what is wrong with them once."""

    def __init__(self, service: Service[Any], settings: Settings, metrics: Metrics) -> None:
        """Nothing is known yet."""
        self._service, self._prefix = service.name, settings.topic_prefix
        self._topics = sorted({*service.topics, *service.writes_to} & DECLARED.keys())
        self._gauge = metrics.misconfigured.labels(service.name)
        self._gauge.set(nan)
        self._found: dict[str, str] = {}
        self._known_at = self._asked_at = -inf
        self._known = True

    async def look(self, reader: LogReader) -> None:
        """Ask, where it is time to."""
        now = time.monotonic()
        if now - self._known_at < _EVERY_S or now - self._asked_at < _AGAIN_S:
            return
        self._asked_at = now
        try:
            found = await misconfigured_topics(reader, self._topics, self._prefix)
        except NotKnownError:
            if self._known and now - self._known_at > _BELIEVED_S:
                self._known = False
                self._gauge.set(nan)
                log.warning("topic_settings_unknown", service=self._service)
            return
        self._known_at, self._known = now, True
        for topic in sorted(found.keys() - self._found.keys()):
            log.error("topic_misconfigured", service=self._service, topic=topic, reason=found[topic],
                      hint="section42 topics")  # fmt: skip
        self._found = found
        self._gauge.set(len(found))
