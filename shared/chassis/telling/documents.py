"""What a service publishes of itself: its own part of the AsyncAPI document, for programs and as a page."""

import json
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

from faststream.asgi import AsgiResponse, get

from shared.chassis.service import Service

JSON = "/docs/asyncapi.json"
PAGE = "/docs"


def routes(service: Service[Any], prefix: str) -> Sequence[tuple[str, Any]]:
    """The paths of the side port; what they answer is made when it is first asked for."""

    @cache
    def document() -> dict[str, Any]:
        from shared.chassis.telling.asyncapi import document  # noqa: PLC0415  a service that is never asked need not know

        return document([service], prefix)

    def as_page() -> str:
        from shared.chassis.telling.asyncapi_page import page  # noqa: PLC0415

        return page(document(), JSON)

    return [
        (JSON, _answering("application/json", lambda: json.dumps(document()))),
        (PAGE, _answering("text/html; charset=utf-8", as_page)),
    ]


def _answering(content_type: str, make: Callable[[], str]) -> Any:
    @get
    async def answer(_: Any) -> AsgiResponse:
        return AsgiResponse(make().encode(), 200, {"content-type": content_type})

    return answer
