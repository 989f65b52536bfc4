"""The read API: a FastAPI application made from a service's views, on the port of its health and metrics.

It is made when it is first asked for, in a thread: a service that nobody asks need not know FastAPI.
"""

from collections.abc import Mapping
from inspect import Parameter, Signature
from typing import Annotated, Any
from uuid import UUID

from fastapi import FastAPI, Path, Query, Request, Response, Security
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel, ConfigDict, Field, create_model
from starlette.exceptions import HTTPException

from shared.chassis.process.metrics import Metrics
from shared.chassis.reading import paging
from shared.chassis.reading.answering import Answering, Asked
from shared.chassis.reading.openapi import completed
from shared.chassis.reading.page import page
from shared.chassis.reading.problems import (
    MEDIA_TYPE,
    TITLES,
    Problem,
    ProblemError,
    Wrong,
    no_such_path,
    nothing_there,
    only_read,
)
from shared.chassis.reading.read_log import READS
from shared.chassis.reading.tokens import Holder
from shared.chassis.service import Service
from shared.chassis.views import CaseView, ComputedView, ListView, Page, View, accepted, names_in, summary

BASE = "/api"
DOCUMENT = BASE + "/openapi.json"
_DESCRIPTION = (
    "What can be read of this service: identifiers, codes and times, never a name, a number or anybody's words. Every"
    " call needs a token and is written to the read log before it is answered. Lists come in pages in one stable order;"
    " `next` is the cursor of the page that follows."
)
_BEARER = HTTPBearer(auto_error=False, description="A token that `section42 token make` has made, with the scope.")
_METHOD_NOT_ALLOWED = 405
_NEVER_KEPT = {"cache-control": "no-store"}
Sentences = Mapping[str, str]


def views_of(service: Service[Any]) -> tuple[View, ...]:
    """Everything that can be read of a service, its read log last."""
    return (*service.views, READS)


def application(service: Service[Any], answering: Answering, metrics: Metrics) -> FastAPI:
    """The application: a route for each view, its document, and its page."""
    app = FastAPI(
        title=f"Section42: {service.name}", version="1.0.0", description=_DESCRIPTION,
        openapi_url=DOCUMENT, docs_url=None, redoc_url=None, redirect_slashes=False,
    )  # fmt: skip
    views = {BASE + view.path: view for view in views_of(service)}
    for path, view in views.items():
        _add(app, service.name, path, view, answering, metrics)
    _document(app, views)
    _problems(app, {path: _sentences(view) for path, view in views.items()}, metrics)
    return app


def document(service: Service[Any]) -> dict[str, Any]:
    """The OpenAPI document of a service, without a service that runs."""
    unused: Any = None  # nothing is answered
    return application(service, unused, unused).openapi()


def _add(app: FastAPI, service: str, path: str, view: View, answering: Answering, metrics: Metrics) -> None:
    """A route whose parameters are the view's own; nothing else may be asked for."""

    async def holder(sent: Annotated[HTTPAuthorizationCredentials | None, Security(_BEARER)]) -> Holder:
        return await answering.holder(sent.credentials if sent else None, view)

    async def endpoint(query: BaseModel, holder: Holder, **named: Any) -> Response:
        given = query.model_dump(exclude_none=True)
        after, limit = given.pop("cursor", None), given.pop("limit", paging.DEFAULT)
        text = await answering.answer(view, holder, Asked({**named, **given}, limit, after))
        if text is None:
            raise nothing_there()
        metrics.read("answered")
        return Response(text, media_type="application/json", headers=_NEVER_KEPT)

    own = {name: Annotated[kind, Path(description=says)] for name, (kind, says) in _in_path(view).items()}
    own |= {"query": Annotated[_query(view), Query()], "holder": Annotated[Holder, Security(holder)]}
    endpoint.__signature__ = Signature(  # type: ignore[attr-defined]  # FastAPI takes its parameters from here
        [Parameter(name, Parameter.KEYWORD_ONLY, annotation=kind) for name, kind in own.items()]
    )
    app.add_api_route(
        path, endpoint, methods=["GET"], response_model=None, operation_id=_operation(service, view),
        summary=summary(view.says), description=view.says, tags=[view.scope.value],
        responses={200: {"model": _answer(view), "description": "What was asked for."}},
    )  # fmt: skip


def _answer(view: View) -> Any:
    if isinstance(view, ListView):
        return _page_of(view.row)
    return _page_of(view.answer) if _listed(view) else view.answer


def _page_of(row: Any) -> Any:
    return Page[row]


def _in_path(view: View) -> Mapping[str, tuple[Any, str]]:
    if isinstance(view, CaseView):
        (name,) = names_in(view.path)
        return {name: (UUID, "The id.")}
    return view.parameters if isinstance(view, ComputedView) else {}


def _query(view: View) -> type[BaseModel]:
    """The filters of a view as a model; a parameter it does not know is refused."""
    fields: dict[str, Any] = {}
    if isinstance(view, ListView):
        for one in view.filters:
            kind, _, says = accepted(view.kind_of(one))
            fields[one.name] = (kind | None, Field(None, description=f"{one.says} It is {says}."))
    if _listed(view):
        size = f"How many rows a page has at most: 1 to {paging.MOST}."
        fields["limit"] = (int, Field(paging.DEFAULT, ge=1, le=paging.MOST, description=size))
        fields["cursor"] = (str | None, Field(None, max_length=1000, description="The `next` of the page before."))
    return create_model("Filters", __config__=ConfigDict(extra="forbid"), **fields)


def _listed(view: View) -> bool:
    return isinstance(view, ListView) or (isinstance(view, ComputedView) and view.key is not None)


def _sentences(view: View) -> Sentences:
    """What is accepted as each parameter, in words of ours: the libraries' own quote what was sent."""
    says = {name: f"It is {accepted(kind)[2]}." for name, (kind, _) in _in_path(view).items()}
    if isinstance(view, ListView):
        says |= {one.name: f"It is {accepted(view.kind_of(one))[2]}." for one in view.filters}
    if _listed(view):
        says["limit"] = f"It is a whole number from 1 to {paging.MOST}."
        says["cursor"] = "It is the `next` of a page of this list."
    return says


def _operation(service: str, view: View) -> str:
    words = view.path.replace("{", "").replace("}", "").strip("/").replace("/", ".")
    return f"{service}.{words}"


def _document(app: FastAPI, views: Mapping[str, View]) -> None:
    plain = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = completed(plain(), {path: view.scope for path, view in views.items()})
        return app.openapi_schema

    async def docs() -> HTMLResponse:
        return HTMLResponse(page(openapi(), DOCUMENT))

    app.openapi = openapi  # type: ignore[method-assign]  # how FastAPI is told of a document of one's own
    app.add_api_route(f"{BASE}/docs", docs, include_in_schema=False)


def _problems(app: FastAPI, known: Mapping[str, Sentences], metrics: Metrics) -> None:
    async def problem(_: Request, error: Any) -> Response:
        metrics.read(error.code)
        return _response(error)

    async def unacceptable(request: Request, error: Any) -> Response:
        says = known.get(getattr(request.scope.get("route"), "path", ""), {})
        found = {str(each["loc"][1]) if len(each["loc"]) > 1 else "" for each in error.errors()}
        wrong = [Wrong(where=where, says=says[where]) for where in sorted(found & says.keys())]
        if found - says.keys():
            there = ", ".join(sorted(says)) or "none"
            wrong.append(Wrong(where="query", says=f"There is no such parameter. There are: {there}."))
        metrics.read("unacceptable")
        return _response(ProblemError(422, "unacceptable", "Put right what is named here."), tuple(wrong))

    async def no_answer(_: Request, error: Any) -> Response:
        found = only_read() if error.status_code == _METHOD_NOT_ALLOWED else no_such_path(DOCUMENT)
        metrics.read(found.code)
        return _response(found)

    app.add_exception_handler(ProblemError, problem)
    app.add_exception_handler(RequestValidationError, unacceptable)
    app.add_exception_handler(HTTPException, no_answer)


def _response(error: ProblemError, errors: tuple[Wrong, ...] = ()) -> JSONResponse:
    problem = Problem(
        title=TITLES[error.status], status=error.status, code=error.code, detail=error.detail, errors=errors
    )
    body = problem.model_dump(mode="json", exclude_defaults=True)
    return JSONResponse(body, error.status, headers=_NEVER_KEPT | error.headers, media_type=MEDIA_TYPE)
