"""`section42 figures`: a table somebody can read at 100 columns, the same as JSON, and the cases behind a measure."""

import io
import json
import re
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import pytest
from rich.console import Console
from typer.testing import CliRunner

from services.audit.cases import Adult
from services.audit.year import Figures, figures, financial_year
from services.command import figures as command
from services.command.app import app, main
from services.command.year_table import show
from services.command.year_words import BREAKDOWNS, CONVERSIONS, MAIN, belongs
from shared.chassis.process.clock import WallClock
from shared.contracts.doors import MspAnswer, RiskAssessment, RiskOutcome, Source, TriageDecision
from tests.support.year_builders import MID_YEAR, a_concern, adult_id, an_adult, an_enquiry, in_london, stood

ASKED = '"1,018 people (87 %)" follows from none of these bases: each is printed with its own.'
YEAR = financial_year("2023-24")
T = TypeVar("T")


def adults() -> list[Adult]:
    """A year that is as busy as ever it gets, so that no column is spared."""
    found = stood(
        asked=MspAnswer.EXPRESSED,
        risk_assessment=RiskAssessment.IDENTIFIED_ACTION,
        risk_outcome=RiskOutcome.REDUCED,
    )
    decided: dict[str, Any] = {"decision": TriageDecision.SENT_TO_OTHER_AUTHORITY, "source": Source.MENTAL_HEALTH_STAFF}
    return [
        an_adult("ada", a_concern("a", team="intake-team", **decided), enquiries=(an_enquiry("a", stood=found),)),
        an_adult("ben", a_concern("b", in_london(2022, 9, 1), team="mental-health-team-of-the-trust", **decided)),
    ]


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch) -> None:
    async def of_adults(_: str, work: Callable[[Iterator[Adult]], T]) -> T:
        return work(iter(adults()))

    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody@nowhere/none")
    monkeypatch.setattr(command, "of_adults", of_adults)


def run(*arguments: str) -> str:
    done = CliRunner().invoke(app, ["figures", *arguments])
    assert done.exit_code == 0, done.output
    return done.stdout


def shown(width: int, before: Figures | None = None, found: Figures | None = None) -> str:
    console = Console(file=io.StringIO(), width=width)
    found = found or figures(adults(), YEAR)
    show(console, found, before, found.remarks)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def large(of: Figures, factor: int) -> Figures:
    """The same with numbers as long as a council's."""
    rows = tuple(type(r)(r.measure, r.count * factor, r.base and r.base * factor, r.published) for r in of.rows)
    return Figures(of.year, rows, of.remarks)


@pytest.mark.parametrize("width", [100, 120, 250])
@pytest.mark.parametrize("compare", [False, True])
def test_nothing_is_cut_off_or_wrapped_and_no_line_is_longer_than_a_page(width: int, compare: bool) -> None:  # noqa: FBT001
    before = large(figures(adults(), YEAR.before), 9_999) if compare else None
    text = shown(width, before, large(figures(adults(), YEAR), 98_765))

    assert "…" not in text
    assert max(len(line.rstrip()) for line in text.splitlines()) <= 100
    assert "\n".join(line.rstrip() for line in text.splitlines()) == "\n".join(
        line.rstrip() for line in shown(250, before, large(figures(adults(), YEAR), 98_765)).splitlines()
    )


def test_every_row_stands_under_exactly_one_heading() -> None:
    for row in figures(adults(), YEAR).rows:
        assert [belongs(section, row.measure) for section in (*MAIN, *BREAKDOWNS)].count(True) == 1, row.measure


def test_each_share_is_printed_with_its_base_and_its_name() -> None:
    lines = [" ".join(line.split()) for line in shown(100).splitlines()]

    assert "Concerns received 1 concerns" in lines
    assert "conversion_s42 1 1 100 % conversion_s42" in lines
    assert "Not recorded 0 1 0 % msp_not_recorded" in lines
    assert "Of them, supported 0 0 – lacked_capacity_supported" in lines
    assert "Mental health staff 1 1 100 % source:mental_health_staff" in lines
    assert not any(line.startswith("Police") for line in lines)
    assert lines.count("Intake team 1 1 100 % team:intake-team") == 1


def test_the_three_conversions_say_what_they_are() -> None:
    lines = [line.strip() for line in shown(100).splitlines()]

    for name, says in CONVERSIONS.items():
        assert lines[next(n for n, line in enumerate(lines) if line.startswith(name)) + 1] == says


def test_compared_with_what_was_published_and_with_the_year_before() -> None:
    text = shown(100, figures(adults(), YEAR.before))
    lines = [" ".join(line.split()) for line in text.splitlines()]

    assert "2023-24 2022-23" in lines
    assert "count of % published count % published change" in lines
    assert "Concerns received 1 6,796 1 6,278 0 %" in lines
    assert "Section 42 enquiries started 1 1,353 0 1,055" in lines
    assert "Other enquiries started 0 – 0 –" in lines
    assert "Up to 3 months 1 1 100 % 77 % 0 – –" in lines
    assert "Asked: people 1 1 100 % 1,018 (87 %) 0 – 890 (90 %)" in lines
    assert "Reduced or removed 1 1 100 % 94 % 0 – 94 %" in lines
    assert "Intake team 1 1 100 % – 0 – –" in lines
    assert "Mental health team of the 0 1 0 % – 1 100 % –" in lines
    assert "\n  trust" in text, "what is too long for its column goes on below itself"


@pytest.mark.usefixtures("given")
def test_the_sentence_about_1018_people_stands_below_the_table() -> None:
    for arguments in ((), ("--compare",)):
        below = run("--year", "2023-24", *arguments).partition("Concluded enquiries by")[2]
        assert ASKED in run("--year", "2023-24", *arguments).splitlines()
        assert "Concerns received" not in below
    assert ASKED not in run("--year", "2022-23")


@pytest.mark.usefixtures("given")
def test_as_json_every_row_has_its_base_and_what_was_published() -> None:
    said = json.loads(run("--year", "2023-24", "--json"))
    rows = {row["measure"]: row for row in said["rows"]}

    assert said.keys() == {"year", "rows", "remarks"}
    assert said["year"] == "2023-24"
    assert ASKED in said["remarks"]
    assert rows["concerns"] == {
        "measure": "concerns", "count": 1, "base": None, "percent": None,
        "published": {"count": 6796, "source": "seed 003:876-878"},
    }  # fmt: skip
    assert rows["conversion_s42"] | {"published": None} == {
        "measure": "conversion_s42", "count": 1, "base": 1, "percent": 100, "published": None,
    }  # fmt: skip
    assert rows["msp_asked_adults"]["published"] == {"count": 1018, "percent": 87, "source": "seed 003:904-906"}
    assert rows["source:police"]["count"] == 0


@pytest.mark.usefixtures("given")
def test_as_json_the_year_before_has_the_same_shape_and_its_remarks_are_said_once() -> None:
    said = json.loads(run("--year", "2023-24", "--compare", "--json"))

    assert said["before"]["year"] == "2022-23"
    assert {row["measure"]: row["count"] for row in said["before"]["rows"]}["concerns"] == 1
    assert len(said["remarks"]) == len(set(said["remarks"]))


@pytest.mark.usefixtures("given")
def test_a_measure_lists_its_cases() -> None:
    day = f"{MID_YEAR:%Y-%m-%d}"

    assert run("--year", "2023-24", "--cases", "adults_in_concerns") == f"{day}  adult    {adult_id('ada')}\n"
    assert run("--year", "2023-24", "--cases", "team:nobody") == ""
    assert json.loads(run("--year", "2023-24", "--cases", "adults_in_concerns", "--json")) == {
        "year": "2023-24",
        "measure": "adults_in_concerns",
        "cases": [{"kind": "adult", "id": str(adult_id("ada")), "day": day}],
    }


@pytest.mark.usefixtures("given")
@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--year", "2023-25"], "--year: 2023-25 is no financial year: 2023-24 is 1 April 2023 to 31 March 2024"),
        (["--year", "last"], "--year: a financial year is written like 2023-24"),
        (["--year", "2098-99"], "--year: 2098-99 has not begun"),
        (
            ["--year", "2023-24", "--cases", "concern"],
            "there is no measure concern: `section42 figures --year 2023-24`",
        ),
        (["--year", "2023-24", "--cases", "concerns", "--compare"], "--cases lists one measure of one year"),
    ],
)
def test_a_misuse_is_one_line_and_exit_code_2(
    arguments: list[str], says: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["section42", "figures", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()

    told = capsys.readouterr()
    assert (ended.value.code, told.out, len(told.err.splitlines())) == (2, "", 1)
    assert says in told.err


@pytest.mark.usefixtures("given")
def test_a_year_that_is_not_over_says_so_first(monkeypatch: pytest.MonkeyPatch) -> None:
    def at(present: datetime) -> list[Any]:
        monkeypatch.setattr(WallClock, "now", lambda _: present)
        return list(json.loads(run("--year", "2023-24", "--json"))["remarks"])

    over = datetime(2024, 3, 31, 23, 0, tzinfo=UTC)
    assert at(over - timedelta(seconds=1))[0] == "2023-24 is not over: these are its figures so far."
    assert at(over)[0] == ASKED


def test_help_shows_an_example() -> None:
    text = CliRunner().invoke(app, ["figures", "--help"]).output

    assert re.search(r"Example: section42 figures --year 2023-24 --compare", text)
