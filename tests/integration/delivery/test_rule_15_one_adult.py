"""Rule 15: thousands of concerns of one adult, and everybody else is served meanwhile; none is lost."""

from __future__ import annotations

from datetime import timedelta

import pytest

from services import SERVICES
from tests.integration.delivery.conftest import InstallFor
from tests.integration.delivery.harness import NOON, is_ready, report
from tests.support.installation import Installation, eventually

MANY = 4_000
NHS_NUMBER = "9990000018"
PATIENT = {"SECTION42_SESSION_TIMEOUT_MS": "30000"}
_MOST = """
SELECT coalesce(max(json_array_length(body->'concerns')), 0), coalesce(max(json_array_length(body->'review_ends')), 0)
FROM cases WHERE body->>'type' = 'adult'
"""
_ADULTS = "SELECT count(*) FROM cases WHERE body->>'type' = 'adult'"


def of_one(number: int) -> dict[str, object]:
    return report(f"hot-{number}", at=NOON + timedelta(seconds=number), adult={"nhs_number": NHS_NUMBER})


@pytest.mark.timeout(900)
async def test_four_thousand_concerns_of_one_adult(install_for: InstallFor) -> None:
    installation = await install_for(*SERVICES)
    running = installation.start_all(**PATIENT)
    for process in running.values():
        await is_ready(process, 120)
    await installation.post(*(of_one(number) for number in range(MANY)))
    await installation.post(*(report(f"other-{number}", f"person-{number}") for number in range(20)))

    await eventually(lambda: others(installation, 20), "everybody else reached audit", 300)
    await eventually(lambda: counted(installation), "every concern of the adult is counted", 300)
    for process in running.values():
        await is_ready(process, 60)
    for service in SERVICES:
        assert not (await installation.sql(service, "SELECT count(*) FROM held"))[0][0]


async def others(installation: Installation, number: int) -> bool:
    """Whether so many adults beside the one are known to audit."""
    return bool((await installation.sql("audit", _ADULTS))[0][0] == number + 1)


async def counted(installation: Installation) -> bool:
    """Whether audit has every concern of the adult, and each in the review."""
    return bool(tuple((await installation.sql("audit", _MOST))[0]) == (MANY, MANY))
