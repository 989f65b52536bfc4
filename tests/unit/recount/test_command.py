"""The recount as a program: what it prints, what it says of differences, and what it makes of mistakes."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest

from deploy.recount.__main__ import main
from deploy.recount.comparing import differences
from deploy.recount.measures import Row
from tests.support.recounted import About


@pytest.fixture
def lines(tmp_path: Path) -> str:
    path = tmp_path / "lines.jsonl"
    said = [*About("a").started("2023-05-01"), About("b").reported("2023-05-02"), About("c").reported("2022-05-02")]
    path.write_text("\n".join(map(json.dumps, said)) + "\n", encoding="utf-8")
    return str(path)


def said_of(year: str, counted: dict[str, Any], tmp_path: Path) -> str:
    path = tmp_path / f"{year}.json"
    path.write_text(json.dumps({"year": year, "rows": counted[year], "remarks": []}), encoding="utf-8")
    return str(path)


def printed(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    assert main(list(arguments)) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_it_prints_every_year_that_was_asked_for(lines: str, capsys: pytest.CaptureFixture[str]) -> None:
    counted = printed(capsys, "--year", "2022-23", "--year", "2023-24", "--file", lines)

    assert list(counted) == ["2022-23", "2023-24"]
    assert counted["2022-23"][0] == {"measure": "concerns", "count": 1, "base": None}
    assert counted["2023-24"][0] == {"measure": "concerns", "count": 2, "base": None}


def test_it_says_nothing_where_the_services_agree(
    lines: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    years = ("--year", "2022-23", "--year", "2023-24", "--file", lines)
    counted = printed(capsys, *years)
    against = [part for year in counted for part in ("--against", said_of(year, counted, tmp_path))]

    assert main([*years, *against]) == 0
    assert capsys.readouterr() == ("", "")


def test_it_says_each_difference_in_a_line(lines: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    counted = printed(capsys, "--year", "2023-24", "--file", lines)
    wrong = {"2023-24": [row | {"count": row["count"] + (row["measure"] == "concerns")} for row in counted["2023-24"]]}

    assert main(["--year", "2023-24", "--file", lines, "--against", said_of("2023-24", wrong, tmp_path)]) == 1
    assert capsys.readouterr() == ("2023-24: concerns: recount 2, services 3\n", "")


def test_it_reads_what_is_piped(
    lines: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    counted = printed(capsys, "--year", "2023-24", "--file", lines)
    monkeypatch.setattr("sys.stdin", io.StringIO(json.dumps({"year": "2023-24", "rows": counted["2023-24"]})))

    assert main(["--year", "2023-24", "--file", lines, "--against", "-"]) == 0


def test_a_row_that_is_left_out_counts_nothing() -> None:
    counted = [Row("a", 0, 5), Row("b", 1, 5), Row("c", 2, 5), Row("d", 3)]
    theirs = {"b": (1, 6), "d": (3, None), "e": (0, 9), "f": (4, 9)}
    said = [{"measure": measure, "count": count, "base": base} for measure, (count, base) in theirs.items()]

    assert differences(counted, said) == [
        "b: recount 1 of 5, services 1 of 6",
        "c: recount 2 of 5, services nothing",
        "f: recount nothing, services 4 of 9",
    ]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([], "--year"),
        (["--year", "2023-25"], "2023-25 is no financial year"),
        (["--year", "2023-24"], "KAFKA_BOOTSTRAP_SERVERS"),
        (["--year", "2023-24", "--file", "no such file"], "no such file"),
        (["--year", "2023-24", "--year", "2022-23", "--against", "-"], "give one for each"),
        (["--year", "2023-24", "--against", "no such file"], "no such file"),
    ],
)
def test_a_mistake_is_told_and_ends_it_with_2(
    arguments: list[str], says: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("KAFKA_BOOTSTRAP_SERVERS", raising=False)

    with pytest.raises(SystemExit) as ended:
        main(arguments)

    assert ended.value.code == 2
    assert says in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "no JSON"),
        ("{}", "no rows"),
        ('{"rows": [1]}', "no rows"),
        ('{"year": "2022-23", "rows": []}', "one order"),
    ],
)
def test_what_is_not_said_of_the_year_is_not_compared(
    text: str, says: str, lines: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(text))

    with pytest.raises(SystemExit):
        main(["--year", "2023-24", "--file", lines, "--against", "-"])

    assert says in capsys.readouterr().err
