"""The OpenAPI document of a read API: FastAPI's own, with the problems each view may answer and its scope."""

from collections.abc import Mapping
from typing import Any

from shared.chassis.reading.problems import MEDIA_TYPE, TITLES, Problem
from shared.chassis.views import SCOPES, Scope
from shared.contracts.schema import uncited

_EVERY_VIEW = (401, 403, 422, 500, 503)
_PROSE = ("description", "summary")
_REF = "#/components/schemas/{model}"


def completed(document: dict[str, Any], scopes: Mapping[str, Scope]) -> dict[str, Any]:
    """The whole document; `scopes` are those of the views, by path."""
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    problem = Problem.model_json_schema(ref_template=_REF)
    schemas |= problem.pop("$defs", {}) | {"Problem": problem}
    for path, scope in scopes.items():
        operation = document["paths"][path]["get"]
        operation["x-scope"] = scope.value
        paged = any(parameter["name"] == "cursor" for parameter in operation.get("parameters", ()))
        further = {400} if paged else set()
        further |= {404} if "{" in path else set()
        operation["responses"] |= {str(status): _problem(status) for status in sorted({*_EVERY_VIEW, *further})}
    document["tags"] = [{"name": scope.value, "description": SCOPES[scope]} for scope in sorted(set(scopes.values()))]
    return _without_citations(document)  # type: ignore[no-any-return]


def _problem(status: int) -> dict[str, Any]:
    schema = {"schema": {"$ref": _REF.format(model="Problem")}}
    return {"description": TITLES[status], "content": {MEDIA_TYPE: schema}}


def _without_citations(part: Any) -> Any:
    """Descriptions for readers who have not got the sources they cite."""
    if isinstance(part, list):
        return [_without_citations(one) for one in part]
    if not isinstance(part, dict):
        return part
    return {
        name: uncited(value) if name in _PROSE and isinstance(value, str) else _without_citations(value)
        for name, value in part.items()
    }
