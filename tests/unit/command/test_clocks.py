"""What `section42 clocks` says, and what it proposes to whoever knows by how much a broker's clock was wrong."""

from datetime import UTC, datetime

from services.command.clock_book import Clocks, Corrected, Stopped
from services.command.clocks import lines

NOON = datetime(2024, 3, 6, 12, tzinfo=UTC)


def test_three_clocks_are_told_of_and_who_does_not_answer() -> None:
    assert lines(Clocks("intake", 0.25, -3600.0, 0.5)) == [
        "the database's clock is 0.250 s ahead of this machine's",
        "the database's clock is 3600.000 s behind intake's",
        "the broker's clock is 0.500 s ahead of intake's",
    ]
    assert lines(Clocks("intake", 0))[1:] == ["intake does not answer: see `section42 endpoints`"]


def test_a_partition_that_stands_still_comes_with_the_command_that_says_why() -> None:
    stopped = Stopped("concern-reports", 3, 118, 121, 17_280_000.25, NOON)
    corrected = Corrected("concern-reports", 4, 7, 8, -3600, NOON, "its NTP was off", "root")

    stands, said = lines(Clocks("intake", 0, 0, 0, [stopped], [corrected]))[3:]

    assert stands.startswith(
        "concern-reports 3 stands still at 118 since 2024-03-06 12:00:00Z: the broker's clock was "
    )
    assert "`section42 clocks intake --correct concern-reports 3 118 121 --ahead 17280000.250 --why ...`" in stands
    assert said.startswith("concern-reports 4, 7 to 7: was 3600.000 s behind the others, said root at 2024-03-06 12:00")
    assert said.endswith("because: its NTP was off")
