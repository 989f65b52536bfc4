"""Who is let in, and that nothing is shown which is not in the read log by then."""

from __future__ import annotations

import asyncio
import secrets
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from services.command.migrate import migrate
from services.command.problems import MisuseError
from services.command.reads import reads
from services.command.token import make, revoke, tokens_of
from services.triage.cases import Adult, Concern
from shared.chassis.reading.paging import cursor, marked
from shared.chassis.reading.read_log import READS
from tests.integration.reads.conftest import NOW, Api, Opens
from tests.support.asgi import ask
from tests.support.installation import eventually

CONCERN, ADULT, UNKNOWN = UUID(int=1), UUID(int=2), UUID(int=3)
CASE = f"/concerns/{CONCERN}"


@pytest.fixture
async def triage(opens: Opens) -> Api:
    api = await opens("triage")
    await api.keep({CONCERN: Concern(ADULT, NOW, "hospital"), ADULT: Adult(open_reviews=(UUID(int=7),))})
    return api


async def test_who_has_no_token_that_stands_sees_nothing_and_is_not_told_why(triage: Api) -> None:
    revoked, expired, elsewhere = await triage.token(), await triage.token(), "s42_elsewhere"
    url = triage.installation.database_url
    elsewhere = await make(url, ["audit"], "sac.2", ["cases"], 1)
    hashes = "UPDATE tokens SET {} WHERE id = $1"
    ids = [token.id for token in await tokens_of(url)]
    assert len(ids) == 3
    await triage.installation.sql("triage", hashes.format("expires_at = now()"), ids[1])
    assert await revoke(url, str(ids[0])) == 1

    for token in (None, "", "s42_guess", revoked, expired, elsewhere, "Ω", "x" * 5000):
        answered = await ask(triage.app, "/api" + CASE, token)
        assert (answered.status, answered.json["code"]) == (401, "token_needed")
        assert str(ADULT) not in answered.body.decode()
    assert await triage.log() == []


async def test_a_token_opens_its_scopes_and_no_more(triage: Api) -> None:
    lists = await triage.token("worklists")

    assert (await ask(triage.app, "/api/worklist", lists)).status == 200
    for path in (CASE, f"/adults/{ADULT}", "/reads"):
        assert (await ask(triage.app, "/api" + path, lists)).status == 403
    assert [row["view"] for row in await triage.log()] == ["/worklist"]


async def test_a_revoked_holder_is_out_at_once(triage: Api) -> None:
    token = await triage.token("cases")
    assert (await ask(triage.app, "/api" + CASE, token)).status == 200

    assert await revoke(triage.installation.database_url, "sac.1") == 1

    assert (await ask(triage.app, "/api" + CASE, token)).status == 401
    with pytest.raises(MisuseError):
        await revoke(triage.installation.database_url, "sac.1")


async def test_what_was_read_about_whom_by_whom_is_written_down(triage: Api) -> None:
    await triage.get(CASE)
    await triage.get("/worklist", team="hospital", limit=3)
    await triage.get(f"/concerns/{UNKNOWN}")

    case, listed, nothing = await triage.log()
    (token,) = await tokens_of(triage.installation.database_url)
    assert [(row["holder"], row["token_id"]) for row in (case, listed, nothing)] == [("sac.1", token.id)] * 3
    assert (case["view"], case["rows"], set(case["about"])) == (
        "/concerns/{concern_id}", 1, {CONCERN, ADULT, UUID(int=7)}
    )  # fmt: skip
    assert (listed["filters"], listed["rows"], set(listed["about"])) == ('{"team": "hospital"}', 1, {CONCERN, ADULT})
    assert (nothing["rows"], nothing["about"]) == (0, [UNKNOWN])


async def test_what_cannot_be_written_down_is_not_shown(triage: Api) -> None:
    assert (await triage.get(CASE)).status == 200
    await triage.installation.sql("triage", "REVOKE INSERT ON reads FROM section42_triage")

    for path in (CASE, "/worklist", f"/adults/{ADULT}", "/reads"):
        answered = await triage.get(path)
        assert (answered.status, answered.json["code"]) == (503, "not_now")
        assert "hospital" not in answered.body.decode()
        assert str(ADULT) not in answered.body.decode()
    assert len(await triage.log()) == 1


async def test_the_row_is_committed_before_the_answer_is_sent(triage: Api) -> None:
    """A lock on the log holds the answer back; once it is let go, the row is there before the answer."""
    assert (await triage.get(CASE)).status == 200
    connection = await asyncpg.connect(triage.installation.database_url)
    async with connection.transaction():
        await connection.execute("LOCK TABLE triage.reads IN EXCLUSIVE MODE")
        waiting = asyncio.create_task(triage.get(CASE))
        done, _ = await asyncio.wait([waiting], timeout=0.5)
        assert not done
    answered = await waiting
    await connection.close()

    assert answered.status == 200
    assert len(await triage.log()) == 2


async def test_a_service_can_neither_make_a_token_nor_change_its_log(triage: Api) -> None:
    async with triage.reader.connection() as connection:
        for statement in (
            "INSERT INTO tokens SELECT * FROM tokens", "UPDATE tokens SET holder = 'x'", "DELETE FROM tokens",
            "UPDATE reads SET rows = 0", "DELETE FROM reads", "TRUNCATE reads",
        ):  # fmt: skip
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(statement)


async def test_when_and_in_which_order_it_was_read_the_database_says(triage: Api) -> None:
    """The service's clock stands in June 2024, and a service that is taken over can put no row into last week."""
    (began,) = await triage.installation.sql("triage", "SELECT clock_timestamp()")
    for _ in range(3):
        await triage.get(CASE)
    (ended,) = await triage.installation.sql("triage", "SELECT clock_timestamp()")

    times = [row["at"] for row in await triage.log()]
    assert [began[0], *times, ended[0]] == sorted([began[0], *times, ended[0]])
    columns = "holder, token_id, view, about, filters, rows"
    values = f"'x', '{UUID(int=9)}', '/x', '{{}}', '{{}}', 0"
    async with triage.reader.connection() as connection:
        for given, value in (("at", "now() - interval '7 days'"), ("id", "1000000")):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(f"INSERT INTO reads ({given}, {columns}) VALUES ({value}, {values})")
        await connection.execute(f"INSERT INTO reads ({columns}) VALUES ({values})")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute("SELECT setval(pg_get_serial_sequence('reads', 'id'), 1)")


async def test_migrating_again_gives_a_service_no_more_and_no_less(triage: Api) -> None:
    rights = (
        "SELECT relname, attname, kind FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid AND attnum > 0,"
        " unnest(ARRAY['SELECT', 'INSERT', 'UPDATE']) AS kind WHERE relnamespace = 'triage'::regnamespace"
        " AND relkind = 'r' AND has_column_privilege('section42_triage', attrelid, attnum, kind) ORDER BY 1, 2, 3"
    )
    url = triage.installation.database_url
    before = await triage.installation.sql("triage", rights)
    await triage.installation.sql("triage", "GRANT INSERT ON triage.reads TO section42_triage")
    assert await triage.installation.sql("triage", rights) != before

    await migrate(url, ["triage"])

    assert await triage.installation.sql("triage", rights) == before


async def test_who_has_no_token_that_stands_takes_no_connection_that_others_read_over(triage: Api) -> None:
    good = await triage.token()
    assert (await ask(triage.app, "/api" + CASE, good)).status == 200

    async with triage.reader.connection(), triage.reader.connection(), triage.reader.connection():
        for wrong in (None, "guess", guess()):
            assert (await asyncio.wait_for(ask(triage.app, "/api" + CASE, wrong), 4)).status == 401


def guess() -> str:
    """What has the form of a token, and was never made."""
    return "s42_" + secrets.token_urlsafe(32)


async def test_who_guesses_tokens_is_slowed_down_and_a_holder_is_not(triage: Api) -> None:
    holder, late = await triage.token("cases"), await triage.token("cases")
    assert (await ask(triage.app, "/api" + CASE, holder)).status == 200
    answers = [await ask(triage.app, "/api" + CASE, guess()) for _ in range(200)]

    assert {answered.status for answered in answers} == {401, 429}
    assert [answered.status for answered in answers[:30]] == [401] * 30
    assert sum(answered.status == 429 for answered in answers) > 100
    slowed = next(answered for answered in answers if answered.status == 429)
    assert (slowed.json["code"], slowed.headers["retry-after"]) == ("too_many_tries", "5")
    assert (await ask(triage.app, "/api" + CASE, holder)).status == 200
    assert (await ask(triage.app, "/api" + CASE, "no token at all")).status == 401

    async def let_in() -> bool:
        return (await ask(triage.app, "/api" + CASE, late)).status == 200

    await eventually(let_in, "a holder who had not called before is let in once the guessing has stopped", 20)
    assert await revoke(triage.installation.database_url, "sac.1") == 2
    assert (await ask(triage.app, "/api" + CASE, holder)).status == 401


@pytest.mark.parametrize("change", ["damaged", "longer", "shorter", "forged", "forged far away", "forged not at all"])
async def test_a_cursor_that_is_not_ours_is_refused_in_words(triage: Api, change: str) -> None:
    for _ in range(3):
        await triage.get(CASE)
    real = (await triage.get("/reads", limit=1)).json["next"]
    path = READS.path
    place = {"forged": ("soon", "1"), "forged far away": (NOW.isoformat(), str(2**63)),
             "forged not at all": (NOW.isoformat(), "01")}.get(change)  # fmt: skip
    wrong = {
        "damaged": real[:-2] + ("A" if real[-2] != "A" else "B") + real[-1], "longer": real + "A", "shorter": real[:-1],
    }.get(change) or cursor(marked(path, {}), *(place or ()))  # fmt: skip

    answered = await triage.get("/reads", limit=1, cursor=wrong)

    assert (answered.status, answered.json["code"]) == (400, "bad_cursor")
    assert (await triage.get("/reads", limit=1, cursor=real)).status == 200


async def test_the_log_can_be_read_and_that_is_logged_too(triage: Api) -> None:
    await triage.get(CASE)
    await triage.get(f"/concerns/{UNKNOWN}")

    found = await triage.items("/reads", about=str(ADULT))
    url = triage.installation.database_url
    told = await reads(url, ("triage", "audit"), about=ADULT)

    assert [(read["view"], read["named"], read["filters"]) for read in found] == [
        ("/concerns/{concern_id}", 3, {"concern_id": str(CONCERN)})
    ]
    assert [read.view for read in told] == ["/reads", "/concerns/{concern_id}"]
    assert [read.service for read in await reads(url, ("triage",), holder="nobody")] == []
    assert len(await reads(url, ("triage",), limit=2)) == 2
    newest = await triage.items("/reads", limit=1)
    assert [read["read_id"] for read in newest] == sorted((read["read_id"] for read in newest), reverse=True)
    assert len(newest) == 3


async def test_a_token_is_made_for_a_holder_and_kept_as_a_hash(triage: Api) -> None:
    url = triage.installation.database_url
    secret = await make(url, ("intake", "triage"), "front-door", ["cases", "worklists", "cases"], 30)

    (token,) = await tokens_of(url)
    rows: list[Any] = await triage.installation.sql("triage", "SELECT *, tokens::text AS whole FROM tokens")
    assert (token.holder, token.scopes, token.services) == ("front-door", ["cases", "worklists"], ["intake", "triage"])
    assert (token.expires_at - token.made_at).days == 30
    assert len(secret) >= 43
    assert secret not in rows[0]["whole"]
    for holder, scopes in (("Wendy Wildgoose", ["cases"]), ("sac.1", ["everything"]), ("", ["cases"])):
        with pytest.raises(MisuseError) as refused:
            await make(url, ("triage",), holder, scopes, 1)
        assert "Wendy" not in str(refused.value)
