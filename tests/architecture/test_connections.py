"""Where connections to Postgres are opened, and what is asked for when they are: a pooler refuses nearly all of it."""

from __future__ import annotations

import ast

from tests.architecture.tree import modules, named, parsed

SESSION = "shared/chassis/delivery/applying/session.py"
OPENERS = {
    "shared/chassis/postgres/database.py": f"the session of effects is looked at in {SESSION}",
    "services/command/servers.py": "",
    "services/command/run.py": "",
    "deploy/demo/progress.py": "counts rows of a system on this machine",
}
LOOKS = "see_that_sessions_are_kept"


def test_connections_are_opened_in_few_places_and_a_pooler_that_shares_sessions_is_looked_for() -> None:
    opening = {
        named(path)
        for path in modules()
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Attribute) and ast.unparse(node) in ("asyncpg.connect", "asyncpg.create_pool")
    }
    assert opening == OPENERS.keys()
    looking = {named(path) for path in modules() if LOOKS in path.read_text(encoding="utf-8")}
    assert looking >= {name for name, but in OPENERS.items() if not but} | {SESSION}


def test_nothing_but_a_name_is_asked_for_at_the_start_of_a_session() -> None:
    asked = {
        ast.unparse(value) for path in modules() for node in ast.walk(parsed(path)) for value in _server_settings(node)
    }
    assert asked == {"{'application_name': NAME}", "named"}
    database = next(path for path in modules() if named(path) == "shared/chassis/postgres/database.py")
    named_there = [
        ast.unparse(node.value)
        for node in ast.walk(parsed(database))
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "named"
    ]
    assert named_there == ["{'application_name': keeps_to['application_name']}"]


def _server_settings(node: ast.AST) -> list[ast.expr]:
    """What is given under that name, as an argument or in a dictionary."""
    if isinstance(node, ast.Call):
        return [keyword.value for keyword in node.keywords if keyword.arg == "server_settings"]
    if isinstance(node, ast.Dict):
        pairs = zip(node.keys, node.values, strict=True)
        return [value for key, value in pairs if isinstance(key, ast.Constant) and key.value == "server_settings"]
    return []
