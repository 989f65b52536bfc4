"""The read API without a database: who is let in, what is refused, and what is said about it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import asynccontextmanager
from typing import Any, cast
from uuid import UUID

import asyncpg
import pytest
from jsonschema import Draft202012Validator

from shared.chassis.process.metrics import Metrics
from shared.chassis.reading.answering import Answering, Asked
from shared.chassis.reading.api import DOCUMENT, application, document, views_of
from shared.chassis.reading.problems import no_token, not_now, other_scope
from shared.chassis.reading.reader import Reader
from shared.chassis.reading.tokens import Holder
from shared.chassis.views import Scope, View
from tests.architecture.tree import services
from tests.support.asgi import ask

TRIAGE = next(service for service in services() if service.name == "triage")
CANARY = "Wendy Wildgoose"
CASE = f"/api/concerns/{UUID(int=1)}"


class Plain:
    """Answers with what was asked, for whoever holds a token named after a scope."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.raises: Exception | None = None

    async def holder(self, secret: str | None, view: View) -> Holder:
        if secret is None:
            raise no_token()
        if secret != view.scope:
            raise other_scope(view.scope)
        return Holder(UUID(int=9), "sac.1", frozenset({secret}))

    async def answer(self, _: View, __: Holder, asked: Asked) -> bytes | None:
        if self.raises is not None:
            raise self.raises
        self.asked.append(asked)
        return b'{"said":1}' if asked.named.get("concern_id") != UUID(int=404) else None


@pytest.fixture
def plain() -> Plain:
    return Plain()


@pytest.fixture
def app(plain: Plain) -> Any:
    return application(TRIAGE, cast("Answering", plain), Metrics("triage"))


@pytest.mark.parametrize("path", [CASE, "/api/worklist", "/api/worklist?nonsense=1", "/api/reads"])
async def test_without_a_token_nothing_is_told_even_of_what_is_wrong(app: Any, path: str) -> None:
    path, _, query = path.partition("?")
    answered = await (ask(app, path, nonsense=1) if query else ask(app, path))

    assert answered.status == 401
    assert answered.headers["content-type"] == "application/problem+json"
    assert answered.headers["www-authenticate"] == "Bearer"
    assert "section42 token make" in answered.json["detail"]


async def test_a_token_for_something_else_opens_nothing(app: Any, plain: Plain) -> None:
    answered = await ask(app, "/api/worklist", "cases")

    assert (answered.status, answered.json["code"]) == (403, "scope_needed")
    assert "worklists" in answered.json["detail"]
    assert plain.asked == []


async def test_an_answer_is_given_and_kept_by_nobody_on_the_way(app: Any, plain: Plain) -> None:
    answered = await ask(app, CASE, "cases")

    assert (answered.status, answered.json) == (200, {"said": 1})
    assert answered.headers["cache-control"] == "no-store"
    assert plain.asked == [Asked({"concern_id": UUID(int=1)})]


async def test_filters_arrive_as_what_they_are(app: Any, plain: Plain) -> None:
    query: dict[str, Any] = {
        "team": "hospital",
        "overdue": "true",
        "due_before": "2024-03-06T12:00:00Z",
        "limit": 7,
        "cursor": "x",
    }
    assert (await ask(app, "/api/worklist", "worklists", **query)).status == 200

    (asked,) = plain.asked
    assert (asked.limit, asked.after) == (7, "x")
    assert asked.named["overdue"] is True
    assert asked.named["due_before"].isoformat() == "2024-03-06T12:00:00+00:00"


@pytest.mark.parametrize(
    ("path", "scope", "query", "where", "says"),
    [
        (f"/api/concerns/{CANARY}", "cases", {}, "concern_id", "a UUID"),
        ("/api/worklist", "worklists", {"team": CANARY}, "team", "without spaces"),
        ("/api/worklist", "worklists", {"stage": CANARY}, "stage", "awaiting_decision"),
        ("/api/worklist", "worklists", {"limit": 201}, "limit", "1 to 200"),
        ("/api/worklist", "worklists", {"limit": 0}, "limit", "1 to 200"),
        ("/api/worklist", "worklists", {"due_before": "2024-03-06T12:00:00"}, "due_before", "with its offset"),
        ("/api/worklist", "worklists", {"overdue": CANARY}, "overdue", "true or false"),
        ("/api/worklist", "worklists", {CANARY: "1"}, "query", "There are:"),
        (CASE, "cases", {"name": CANARY}, "query", "There are: concern_id"),
    ],
)
async def test_what_cannot_be_accepted_is_said_and_not_repeated(
    app: Any, plain: Plain, path: str, scope: str, query: dict[str, Any], where: str, says: str
) -> None:
    answered = await ask(app, path, scope, **query)

    assert answered.status == 422
    (wrong,) = answered.json["errors"]
    assert wrong["where"] == where
    assert says in wrong["says"]
    assert CANARY not in answered.body.decode()
    assert plain.asked == []


async def test_what_nobody_knows_is_not_there(app: Any) -> None:
    assert (await ask(app, f"/api/concerns/{UUID(int=404)}", "cases")).json["code"] == "not_found"
    assert (await ask(app, "/api/nonsense", "cases")).json["code"] == "no_such_path"
    assert (await ask(app, "/api/worklist/", "cases")).status == 404


async def test_nothing_can_be_written(app: Any) -> None:
    for method in ("POST", "PUT", "DELETE", "PATCH"):
        answered = await ask(app, "/api/worklist", "worklists", method)
        assert (answered.status, answered.headers["allow"]) == (405, "GET")


async def test_a_database_that_is_away_is_said(app: Any, plain: Plain) -> None:
    plain.raises = not_now()

    answered = await ask(app, CASE, "cases")

    assert (answered.status, answered.headers["retry-after"]) == (503, "5")


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (asyncpg.InsufficientPrivilegeError("denied"), 503),
        (asyncpg.QueryCanceledError("too long"), 503),
        (OSError("away"), 503),
        (TimeoutError(), 503),
        (KeyError(CANARY), 500),
    ],
)
async def test_every_error_becomes_a_problem_that_quotes_nothing(error: Exception, status: int) -> None:
    class Broken:
        @asynccontextmanager
        async def connection(self) -> Any:
            raise error
            yield  # type: ignore[unreachable]  # what makes it a generator

        connection_for_tokens = connection

    answering = Answering("triage", cast("Reader", Broken()), cast("Any", None))
    answered = await ask(application(TRIAGE, answering, Metrics("triage")), CASE, f"s42_{'x' * 43}")

    assert answered.status == status
    assert CANARY not in answered.body.decode()


@pytest.mark.parametrize("service", services(), ids=lambda service: service.name)
def test_the_document_names_every_view_and_holds_together(service: Any) -> None:
    made = document(service)

    assert made["openapi"].startswith("3.1")
    assert set(made["paths"]) == {"/api" + view.path for view in views_of(service)}
    for view in views_of(service):
        operation = made["paths"]["/api" + view.path]["get"]
        assert operation["x-scope"] == view.scope
        assert operation["security"] == [{"HTTPBearer": []}]
        assert {"200", "401", "403", "422", "500", "503"} <= operation["responses"].keys()
        assert "seed 003" not in str(operation)
        problem = operation["responses"]["401"]["content"]["application/problem+json"]["schema"]
        assert problem == {"$ref": "#/components/schemas/Problem"}
    for schema in made["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)
    assert set(_references(made)) <= {f"#/components/schemas/{name}" for name in made["components"]["schemas"]}
    assert {tag["name"] for tag in made["tags"]} <= set(Scope)
    identities = [operations["get"]["operationId"] for operations in made["paths"].values()]
    assert len(set(identities)) == len(identities)


async def test_the_document_and_its_page_are_open_and_need_nothing_from_elsewhere(app: Any) -> None:
    told, page = await ask(app, DOCUMENT), await ask(app, "/api/docs")

    assert told.json == document(TRIAGE)
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    text = page.body.decode()
    for path in told.json["paths"]:
        assert f"GET {path}<" in text
    assert "<script" not in text
    assert "src=" not in text
    assert "https://" not in text


def _references(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        if "$ref" in part:
            yield part["$ref"]
        for value in part.values():
            yield from _references(value)
    elif isinstance(part, list):
        for value in part:
            yield from _references(value)
