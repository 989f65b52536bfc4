"""What `section42 duty` says beside the contract, which it loads only when somebody is dealt with."""

from services.command.duty import HOW
from shared.contracts.doors import DutyAnswer


def test_every_way_of_dealing_with_a_report_is_named_and_no_other() -> None:
    assert HOW.replace(" or ", ", ").split(", ") == [answer.value for answer in DutyAnswer]
