"""`section42 duty`: who is on it, what was sent, and that a person has dealt with one of them, through real servers."""

from __future__ import annotations

import asyncio
import json
import urllib.request
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from services import SERVICES
from services.command.app import app
from services.command.duty import OnDuty, on_duty
from services.command.problems import MisuseError
from services.command.token import make
from tests.integration.delivery.harness import QUICK, metric, report
from tests.support.installation import Installation, eventually

CHILD = {"name": "Wendy Wildgoose", "birth_date": "2019-01-01"}


async def run(*arguments: str) -> Result:
    return await asyncio.to_thread(lambda: CliRunner().invoke(app, list(arguments)))


async def listed(*arguments: str) -> list[dict[str, Any]]:
    done = await run("duty", "--json", *arguments)
    assert done.exit_code == 0, done.output
    return [json.loads(line) for line in done.stdout.splitlines()]


async def standing(installation: Installation, number: int) -> list[OnDuty]:
    async def there() -> bool:
        return len(await on_duty(installation.database_url)) == number

    await eventually(there, f"{number} stand on the duty list")
    return await on_duty(installation.database_url)


async def test_it_lists_shows_and_deals_and_a_replay_gives_the_same(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in installation.environment().items():
        monkeypatch.setenv(name, value)
    process = installation.start("intake", **QUICK)
    await installation.post(
        report("child", adult=CHILD, source="care-home"),
        report("perhaps", adult={"birth_date": "01/02/2015"}),
        report("nobody", narrative=""),
        report("word", source="nursing agency"),
        report("fine"),
    )
    for offset in range(2):
        await installation.post_raw("concern-reports", b"no JSON %d" % offset, key=b"k")

    found = await standing(installation, 6)
    by_name = {one.reference: one for one in found}
    assert {name: (one.kind, one.why, one.child) for name, one in by_name.items() if name} == {
        "child": ("refused", ["under_18", "read_as"], True),
        "perhaps": ("set_aside", ["not_a_day", "possibly_under_18"], True),
        "nobody": ("refused", ["nobody_described"], False),
        "word": ("set_aside", ["value_of_no_list"], False),
    }
    assert [one.reference for one in found if one.kind == "unreadable"] == ["", ""]
    assert await asyncio.to_thread(metric, process, "safeguarding_duty_children") == 2
    assert await asyncio.to_thread(metric, process, "safeguarding_oldest_duty_report_seconds") > 0

    assert {one["reference"] for one in await listed("--child")} == {"child", "perhaps"}
    plain = await run("duty")
    assert "PERHAPS A CHILD" in plain.output
    assert "Wildgoose" not in plain.output
    item = by_name["child"].item_id
    shown = await run("duty", "--item", item, "--personal")
    assert "Wildgoose" in shown.output
    await endpoint_is_guarded(installation, process)

    wrong = await run("duty", "--item", item, "--how", "forgotten", "--by", "staff-1")
    assert isinstance(wrong.exception, MisuseError)
    assert (await listed("--item", item))[0]["how"] is None
    done = await run("duty", "--item", item, "--how", "childrens_services", "--by", "staff-1")
    assert done.exit_code == 0, done.output
    ((how, who),) = [(one["how"], one["dealt_by"]) for one in await listed("--item", item)]
    assert (how, who) == ("childrens_services", "staff-1")
    assert len(await listed()) == 5
    assert len(await listed("--all")) == 6
    settled = await installation.facts("receipts", "safeguarding.duty.settled.v1")
    assert [(one["item_id"], one["how"]) for one in settled] == [(item, "childrens_services")]

    before = await listed("--all")
    installation.stop(process)
    for table in ("positions", "inbox", "cases", "list_rows", "case_counts", "tallies"):
        await installation.sql("intake", f"DELETE FROM {table}")
    installation.start("intake", **QUICK)
    await installation.settled(["intake"])
    assert await listed("--all") == before, "taken anew from its doors it is the same list"
    assert len(await installation.facts("receipts", "safeguarding.duty.settled.v1")) == 1


async def endpoint_is_guarded(installation: Installation, process: Any) -> None:
    def ask(token: str | None) -> tuple[int, Any]:
        request = urllib.request.Request(f"http://127.0.0.1:{process.port}/api/duty?waits=true")
        if token is not None:
            request.add_header("authorization", f"Bearer {token}")
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310
                return answer.status, json.loads(answer.read())
        except urllib.error.HTTPError as error:
            with error:
                return error.code, None

    assert (await asyncio.to_thread(ask, None))[0] == 401
    other = await make(installation.database_url, SERVICES, "figures.1", ["figures"], 1)
    assert (await asyncio.to_thread(ask, other))[0] == 403
    secret = await make(installation.database_url, SERVICES, "duty.1", ["worklists"], 1)
    status, said = await asyncio.to_thread(ask, secret)
    assert status == 200
    assert len(said["items"]) == 6
    assert {one["waits"] for one in said["items"]} == {True}
    assert "Wildgoose" not in json.dumps(said)
