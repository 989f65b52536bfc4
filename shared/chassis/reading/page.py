"""The OpenAPI document as a page that needs nothing but itself: no script, no font, no picture from anywhere."""

import json
from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

from shared.chassis.telling.asyncapi_page import STYLE
from shared.contracts.schema import options

Document = Mapping[str, Any]


def page(document: Document, link: str) -> str:
    """The whole page; `link` leads from it to the document itself."""
    info, paths = document["info"], document["paths"]
    title = escape(info["title"])
    body = [
        f"<h1>{title}: what can be read</h1>",
        f"<p>{_code(info['description'])}</p>",
        f'<p class="soft">The same for programs: <a href="{escape(link)}">openapi.json</a> (OpenAPI 3.1).</p>',
        "<pre>curl -H 'Authorization: Bearer s42_…' http://…/api/…</pre>",
        '<div class="wide"><table><tr><th>Scope of a token<th>What it opens</tr>',
        *(
            f"<tr><td><code>{escape(tag['name'])}</code><td>{escape(tag['description'])}</tr>"
            for tag in document["tags"]
        ),
        "</table></div>",
    ]
    for path, operations in paths.items():
        body += _view(path, operations["get"], document)
    return (
        f'<!doctype html>\n<html lang="en-GB"><head><meta charset="utf-8"><title>{title}: what can be read</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{STYLE}</style></head><body><main>\n" + "\n".join(body) + "\n</main></body></html>\n"
    )


def _view(path: str, operation: Document, document: Document) -> Iterator[str]:
    anchor = escape(operation["operationId"])
    yield f'<h3 id="{anchor}"><a href="#{anchor}">GET {escape(path)}</a></h3>'
    yield f"<p>{_code(operation['description'])}</p>"
    yield f'<p class="soft">Scope <code>{escape(operation["x-scope"])}</code>.</p>'
    parameters = operation.get("parameters", ())
    if parameters:
        yield '<div class="wide"><table class="fields"><tr><th>Parameter<th>What it is</tr>'
        for each in parameters:
            must = "" if each["required"] else ' <span class="soft">· may be left out</span>'
            yield f"<tr><td><code>{escape(each['name'])}</code><td>{_code(each.get('description', ''))}{must}</tr>"
        yield "</table></div>"
    root = {"$defs": document["components"]["schemas"]}
    answer = operation["responses"]["200"]["content"]["application/json"]["schema"]
    yield "<details><summary>The answer</summary><div>"
    yield f"<pre>{escape(json.dumps(_outline(answer, root), indent=2, ensure_ascii=False))}</pre></div></details>"


def _outline(schema: Document, root: Document) -> Any:
    """What an answer looks like, with words in place of values."""
    present = [each for each in options(schema, root) if each.get("type") != "null"]
    one = present[0] if present else {}
    if "properties" in one:
        return {name: _outline(field, root) for name, field in one["properties"].items()}
    if "items" in one:
        return [_outline(one["items"], root)]
    words = " | ".join(map(str, one["enum"])) if "enum" in one else str(one.get("format", one.get("type", "…")))
    return words + (" or null" if len(present) < len(options(schema, root)) else "")


def _code(text: str) -> str:
    """A text, with what stands between backticks set as code."""
    parts = escape(" ".join(text.split())).split("`")
    return "".join(f"<code>{part}</code>" if number % 2 else part for number, part in enumerate(parts))
