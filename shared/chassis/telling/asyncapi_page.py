"""The AsyncAPI document as a page that needs nothing but itself: no script, no font, no picture from anywhere."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from html import escape
from typing import Any

from shared.contracts.schema import Schema, options, resolved

Document = Mapping[str, Any]
_DAY_MS = 86_400_000
_KIB = 1024
_KINDS = {
    "door": ("Doors", "Others write these. Whatever a door cannot accept is answered with its reasons."),
    "facts": ("Facts", "What the services state, each topic written by one of them and kept for ever."),
    "dead letters": ("Dead letters", "Records set aside, whole, with the reason. For operations alone."),
}
_FORMATS = {"date-time": "instant with its offset, 1900-2199", "date": "day, 1900-2199"}
_TYPES = {"boolean": "true | false", "integer": "whole number", "null": "nothing", "string": "text"}
STYLE = """
:root { --ink: #1c2430; --soft: #5a6675; --line: #d8dee6; --paper: #fff; --wash: #f4f6f9; --link: #0b5cad;
  --mark: #8a1c4a; --mark-wash: #fbe9f1; }
@media (prefers-color-scheme: dark) { :root { --ink: #e4e9f0; --soft: #9aa7b8; --line: #364152; --paper: #161b22;
  --wash: #1e2630; --link: #79b8ff; --mark: #ff9cc2; --mark-wash: #43202f; } }
* { box-sizing: border-box; }
body { margin: 0; font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); }
main { max-width: 68rem; margin: 0 auto; padding: 2rem 1.25rem 4rem; }
h1 { margin: 0 0 .5rem; font-size: 1.9rem; } h2 { margin: 3rem 0 .25rem; font-size: 1.4rem; }
h3 { margin: 2.25rem 0 .25rem; font-size: 1.15rem; overflow-wrap: anywhere; }
h3 a { color: inherit; text-decoration: none; }
p { margin: .4rem 0; max-width: 46rem; } .soft { color: var(--soft); } a { color: var(--link); }
.wide { overflow-x: auto; } table { width: 100%; border-collapse: collapse; font-size: .92rem; }
th, td { padding: .35rem .75rem .35rem 0; border-bottom: 1px solid var(--line); text-align: left;
  vertical-align: top; }
th { color: var(--soft); font-weight: 600; white-space: nowrap; }
code, pre { font: .86em/1.5 ui-monospace, "DejaVu Sans Mono", monospace; }
td:nth-child(n+4) { white-space: nowrap; } .fields td:first-child { width: 34%; }
pre { margin: .5rem 0 1rem; padding: .75rem 1rem; overflow-x: auto; background: var(--wash); border-radius: 6px; }
details { margin: .6rem 0; border: 1px solid var(--line); border-radius: 6px; }
summary { padding: .55rem .9rem; cursor: pointer; overflow-wrap: anywhere; }
summary:hover { background: var(--wash); } details > div { padding: 0 .9rem .6rem; }
.mark { display: inline-block; padding: 0 .45em; border-radius: 4px; color: var(--mark);
  background: var(--mark-wash); font-size: .8rem; white-space: nowrap; }
"""


def page(document: Document, link: str = "asyncapi.json") -> str:
    """The whole page; `link` leads from it to the document itself."""
    info, channels = document["info"], document["channels"]
    users = _users(document)
    body = [
        f"<h1>{escape(info['title'])}</h1>",
        f"<p>{escape(info['description'])}</p>",
        f'<p class="soft">The same for programs: <a href="{escape(link)}">asyncapi.json</a> (AsyncAPI 3).</p>',
        f"<p>{_mark()} marks what identifies or describes a person, or holds anyone's own words.</p>",
    ]
    for kind, (title, says) in _KINDS.items():
        of_kind = {name: channel for name, channel in channels.items() if channel["x-kind"] == kind}
        if of_kind:
            body += [f"<h2>{title}</h2>", f"<p>{says}</p>", *_overview(of_kind, users)]
    for name, channel in channels.items():
        if channel["x-kind"] != "dead letters":
            body += _topic(name, channel, users, document)
    letters = document["components"]["messages"].get("dead-letter")
    if letters:
        body += ["<h2>What a dead letter says</h2>", *_event(letters, document)]
    title = escape(info["title"])
    return (
        f'<!doctype html>\n<html lang="en-GB"><head><meta charset="utf-8"><title>{title}: topics and events</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{STYLE}</style></head><body><main>\n" + "\n".join(body) + "\n</main></body></html>\n"
    )


def _users(document: Document) -> dict[tuple[str, str], list[str]]:
    """The services that write ("send") and read ("receive") each topic."""
    users: dict[tuple[str, str], list[str]] = {}
    for operation in document["operations"].values():
        topic = operation["channel"]["$ref"].rpartition("/")[2]
        users.setdefault((topic, operation["action"]), []).extend(tag["name"] for tag in operation["tags"])
    return users


def _writers(name: str, channel: Document, users: Mapping[tuple[str, str], list[str]]) -> str:
    return ", ".join(users.get((name, "send"), [channel["x-writer"]]))


def _readers(name: str, users: Mapping[tuple[str, str], list[str]]) -> str:
    return ", ".join(users.get((name, "receive"), [])) or "people and other systems"


def _overview(channels: Mapping[str, Document], users: Mapping[tuple[str, str], list[str]]) -> Iterator[str]:
    yield '<div class="wide"><table><tr><th>Topic<th>Written by<th>Read by<th>Kept<th>Largest<th>Partitions</tr>'
    for name, channel in channels.items():
        kafka = channel["bindings"]["kafka"]
        settings = kafka["topicConfiguration"]
        kept = settings["retention.ms"]
        letters = channel["x-kind"] == "dead letters"
        shown = escape(channel["address"])
        linked = f'<a href="#{escape(name)}">{shown}</a>'
        yield (
            f"<tr><td>{shown if letters else linked}"
            f"<td>{escape(_writers(name, channel, users))}"
            f"<td>{'operations' if letters else escape(_readers(name, users))}"
            f"<td>{'for ever' if kept < 0 else f'{kept // _DAY_MS} days'}"
            f"<td>{settings['max.message.bytes'] // _KIB} KiB<td>{kafka['partitions']}</tr>"
        )
    yield "</table></div>"


def _topic(
    name: str, channel: Document, users: Mapping[tuple[str, str], list[str]], document: Document
) -> Iterator[str]:
    anchor = escape(name)
    yield f'<h3 id="{anchor}"><a href="#{anchor}">{escape(channel["address"])}</a></h3>'
    writers, readers = escape(_writers(name, channel, users)), escape(_readers(name, users))
    yield f'<p class="soft">Written by {writers}; read by {readers}.</p>'
    for message in channel["messages"]:
        yield from _event(document["components"]["messages"][message], document)


def _event(message: Document, document: Document) -> Iterator[str]:
    components = {"$defs": document["components"]["schemas"]}
    marked = f" {_mark()}" if message["x-personal-fields"] else ""
    yield f"<details><summary><code>{escape(message['name'])}</code>{marked}<br>{escape(message['summary'])}</summary>"
    yield "<div>"
    if "description" in message:
        yield f"<p>{_code(message['description'])}</p>"
    if "bindings" in message:
        yield f'<p class="soft">Keyed by {_code(message["bindings"]["kafka"]["key"]["description"])}.</p>'
    yield '<div class="wide"><table class="fields"><tr><th>Field<th>Value</tr>'
    for where, field, required in _fields(message["payload"], components):
        mark = f" {_mark()}" if _personal(field, components) else ""
        must = "" if required else f' <span class="soft">· {_left_out(field, components)}</span>'
        says = " ".join(_says(field, components).split())
        yield (
            f"<tr><td><code>{escape(where)}</code>{mark}<td>{escape(_value(field, components))}{must}"
            + (f'<br><span class="soft">{_code(says)}</span></tr>' if says else "</tr>")
        )
    yield "</table></div>"
    for example in sorted(message.get("examples", ()), key=lambda one: -len(str(one["payload"]))):
        shown = json.dumps(example["payload"], indent=2, ensure_ascii=False)
        headers = "\n".join(f"{header}: {text}" for header, text in example["headers"].items())
        yield f'<p class="soft">An example, of invented people:</p><pre>{escape(headers)}\n\n{escape(shown)}</pre>'
    yield "</div></details>"


def _fields(schema: Schema, root: Schema, where: str = "") -> Iterator[tuple[str, Schema, bool]]:
    """Every field, those of nested objects after the one that holds them."""
    for option in options(schema, root):
        if "items" in option:
            yield from _fields(option["items"], root, f"{where}[]")
        for name, field in option.get("properties", {}).items():
            path = f"{where}.{name}" if where else name
            yield path, field, name in option.get("required", ())
            yield from _fields(field, root, path)


def _present(field: Schema, root: Schema) -> Iterable[Schema]:
    return [option for option in options(field, root) if option.get("type") != "null"]


def _personal(field: Schema, root: Schema) -> bool:
    return bool(field.get("x-personal")) or any(option.get("x-personal") for option in _present(field, root))


def _says(field: Schema, root: Schema) -> str:
    """What a field's kind says of itself; of a list, what its elements are."""
    if "description" in field:
        return str(field["description"])
    for option in _present(field, root):
        inner = resolved(option["items"], root) if "items" in option else option
        if "description" in inner:
            return str(inner["description"]).partition("\n\n")[0]
    return ""


def _left_out(field: Schema, root: Schema) -> str:
    default = resolved(field, root).get("default")
    if default in (None, "", []):
        return "may be left out"
    return f"may be left out, which means {escape(json.dumps(default) if isinstance(default, bool) else str(default))}"


def _value(field: Schema, root: Schema) -> str:
    return " or ".join(_kind(option, root) for option in _present(field, root))


def _kind(option: Schema, root: Schema) -> str:
    """What a value looks like, in words."""
    if "const" in option or "enum" in option:
        return " | ".join(map(str, option.get("enum", [option.get("const")])))
    if "items" in option:
        most = f", at most {option['maxItems']}" if "maxItems" in option else ""
        return f"list of: {_value(option['items'], root)}{most}"
    if "format" in option:
        return str(_FORMATS.get(option["format"], option["format"]))
    kinds = option.get("type", "anything")
    named = [str(_TYPES.get(kind, kind)) for kind in (kinds if isinstance(kinds, list) else [kinds])]
    return " or ".join(named) + _bounds(option)


def _bounds(option: Schema) -> str:
    pattern = option.get("pattern", "")
    most = f", at most {option['maxLength']} characters" if "maxLength" in option else ""
    return most + (", no spaces" if pattern and not re.search(pattern, "no spaces") else "")


def _mark() -> str:
    return '<span class="mark">personal</span>'


def _code(text: str) -> str:
    """A text, with what stands between backticks set as code."""
    parts = escape(text).split("`")
    return "".join(f"<code>{part}</code>" if number % 2 else part for number, part in enumerate(parts))
