"""Bringing the settings of topics that are there to what is declared, as far as nothing is lost by it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from services.command import topics
from services.command.problems import CommandError

_TRIES = 500
_PAUSE_S = 0.02
_OF_THE_TOPIC = 1
"""How Kafka marks a setting that was made for this topic."""

Declared = Mapping[str, tuple[int, Mapping[str, str]]]


@dataclass
class Settled:
    """What was changed, what differs and cannot be changed, and what would lose records: a sentence each."""

    changed: list[str] = field(default_factory=list)
    differing: list[str] = field(default_factory=list)
    losing: list[str] = field(default_factory=list)


async def settle(client: Any, declared: Declared, partitions_of: Mapping[str, int], copies: int) -> Settled:
    """Change what may be changed of these topics, and say what may not.

    Kafka takes all settings of a topic at once and forgets what is not among them, so those that somebody has added
    are handed back as they are.
    """
    from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

    done = Settled()
    if not partitions_of:
        return done
    kind = ConfigResourceType.TOPIC
    there = await _settings(client, [ConfigResource(kind, name) for name in partitions_of])
    for topic in await client.describe_topics(list(partitions_of)):
        done.differing += _of_another_shape(topic, declared[topic["topic"]][0], copies)
    altered = []
    for name in sorted(partitions_of):
        if changes := _changes(name, declared[name][1], {key: value for key, (value, _) in there[name].items()}, done):
            own = {key: value for key, (value, source) in there[name].items() if source == _OF_THE_TOPIC}
            altered.append(ConfigResource(kind, name, configs=own | changes))
    for answer in await client.alter_configs(altered) if altered else ():
        for code, message, _, name in answer.resources:
            if code:
                raise CommandError(f"the settings of {name} could not be changed: {message}")
    await _in_force(client, altered)
    return done


async def _in_force(client: Any, altered: list[Any]) -> None:
    """Until the broker goes by what its controller has just written down, a moment later."""
    from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

    asked = [ConfigResource(ConfigResourceType.TOPIC, each.name) for each in altered]
    for _ in range(_TRIES if asked else 0):
        there = await _settings(client, asked)
        if all(there[each.name][key][0] == value for each in altered for key, value in each.configs.items()):
            return
        await asyncio.sleep(_PAUSE_S)
    if asked:
        raise CommandError("the broker does not go by the changed settings yet: run the command again")


def _of_another_shape(topic: Mapping[str, Any], partitions: int, copies: int) -> list[str]:
    """What of a topic nobody can change by a setting."""
    name, number = topic["topic"], len(topic["partitions"])
    has = sorted({len(each["replicas"]) for each in topic["partitions"]})
    found = []
    if number != partitions:
        found.append(f"{name} has {number} partitions, declared are {partitions}; keys would move")
    if has != [copies]:
        found.append(f"{name} has {' or '.join(map(str, has))} copies, asked for are {copies}; reassign its partitions")
    return found


def _changes(name: str, wanted: Mapping[str, str], is_now: Mapping[str, str], done: Settled) -> dict[str, str]:
    """What is to be changed of a topic's settings; what would lose records is told instead."""
    changes = {}
    for key, value in wanted.items():
        now = is_now.get(key)
        if now == value:
            continue
        if now is None and key == topics.UNPACKED_MAX:
            done.differing.append(topics.OLDER_KAFKA)
            continue
        if _loses(key, now, value):
            done.losing.append(f"{name} has {key}={now}, declared is {value}; to change it would lose records: left")
        else:
            changes[key] = value
            done.changed.append(f"{name}: {key} was {now}, is {value}")
    if (kept := is_now.get("retention.bytes", "-1")) != "-1":
        done.losing.append(f"{name} has retention.bytes={kept}, which deletes what is to be kept; unset it")
    return changes


async def _settings(client: Any, asked: list[Any]) -> dict[str, dict[str, tuple[str, int]]]:
    """Each topic's settings, and whose each is."""
    return {
        resource[3]: {entry[0]: (entry[1], entry[3]) for entry in resource[4]}
        for answer in await client.describe_configs(asked)
        for resource in answer.resources
    }


def _loses(key: str, is_now: str | None, wanted: str) -> bool:
    """Whether to change a setting so would delete records, or make it easier to lose them."""
    if is_now is None:
        return False
    if key == "retention.ms":
        return wanted != "-1" and (is_now == "-1" or int(wanted) < int(is_now))
    if key == "min.insync.replicas":
        return int(wanted) < int(is_now)
    return key == "cleanup.policy" and "compact" in wanted
