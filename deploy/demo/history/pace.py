"""How the work on an enquiry is spread over its time, so that each record comes before what it must come before."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from deploy.demo.history.courses import Enquiry
from deploy.demo.history.draw import DAY, is_working_day, working_day
from deploy.demo.history.lines import Book
from deploy.demo.history.quotas import LAST_DAY

_OPEN_ENDED = timedelta(days=420)
STOPS = datetime.combine(LAST_DAY, time(18))
"""After this nothing is written: the clock stops."""
_REOPENED_FROM = timedelta(days=60)
_OPENS, _SHUTS = time(9, 30), time(17)
_HALF_AN_HOUR = timedelta(minutes=30)
_LONGEST_CLOSED = timedelta(days=6)
_BREAK, _GOES_ON = 0.5, 0.78


class Pace:
    """The times of one enquiry: `at(0)` is when it was opened, `at(1)` when closing it is proposed for good.

    One that is reopened has its first conclusion and its reopening between 0.5 and 0.78, in which nothing else falls.
    `until` is when nothing more is written: when the clock stops, or well before a correction takes the enquiry back.
    """

    def __init__(self, book: Book, one: Enquiry) -> None:
        """Settle the times that everything else goes by."""
        rng = book.rng
        self._book = book
        self.opened = one.opened + timedelta(minutes=10)
        self.until = STOPS
        if one.taken_back is not None:
            self.until = one.taken_back - timedelta(days=7)
        if one.concluded is None:
            self.proposed = max(one.opened + _OPEN_ENDED, STOPS + timedelta(days=60))
        else:
            self.proposed = one.concluded - timedelta(hours=rng.choice((1, 2, 20, 24, 44)), minutes=rng.randrange(50))
        length = self.proposed - self.opened
        self.reopened = one.concluded is not None and length > _REOPENED_FROM and book.happens(0.016)

    def at(self, share: float) -> datetime:
        """A time in office hours, later for a greater share, and never after the proposal to close."""
        if self.reopened and share > _BREAK:
            share = _GOES_ON + (share - _BREAK) * (1 - _GOES_ON) / (1 - _BREAK)
        return self.raw(share)

    def raw(self, share: float) -> datetime:
        """The same, the break of a reopening included."""
        at = _in_turn(self.opened + (self.proposed - self.opened) * share)
        return min(at, self.proposed - timedelta(minutes=2 + 240 * (1 - share)))


def _in_turn(at: datetime) -> datetime:
    """This time if the office works then, else one in its next first half hour; the earlier of two stays first."""
    if is_working_day(at.date()) and _OPENS <= at.time() < _SHUTS:
        return at
    day = at.date() if at.time() < _OPENS else at.date() + DAY
    opens = datetime.combine(working_day(day), _OPENS)
    return opens - _HALF_AN_HOUR * min((opens - at) / _LONGEST_CLOSED, 1)
