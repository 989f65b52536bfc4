"""Bearer tokens for reading: who holds one, what it opens, and until when; the secret itself is kept nowhere.

A secret is 256 random bits, so one unsalted hash is enough: nobody can try them all. It is looked up by that hash,
which takes no longer for a guess that is nearly right.
"""

import re
import time
from collections import OrderedDict
from hashlib import sha256
from typing import NamedTuple
from uuid import UUID

from shared.chassis.postgres.database import Connection
from shared.chassis.views import Scope
from shared.kernel.identity import derived

PREFIX = "s42_"
"""What a secret begins with, so that one left in a file can be found."""

_FORM = re.compile(PREFIX + r"[A-Za-z0-9_-]{43}")
_GUESSES = 30.0
_GUESSES_A_SECOND = 1.0
_REMEMBERED = 1000
_HOLDER = "SELECT id, holder, scopes FROM tokens WHERE hash = $1 AND revoked_at IS NULL AND expires_at > now()"


class Holder(NamedTuple):
    """Whoever calls: the token, the member of staff or system it was made for, and the scopes it opens."""

    token_id: UUID
    name: str
    scopes: frozenset[str]

    def may(self, scope: Scope) -> bool:
        """Whether the token opens a view of this scope."""
        return scope.value in self.scopes


class Guesses:
    """How many unknown tokens are looked up: thirty at once, then one a second.

    Whoever had one that stood is looked up whatever others guess; that it stands still is asked each time.
    """

    def __init__(self) -> None:
        """Nobody has guessed yet."""
        self._left = _GUESSES
        self._at = time.monotonic()
        self._stood: OrderedDict[bytes, None] = OrderedDict()

    def may_look_up(self, secret: str) -> bool:
        """Whether this one is looked up; what is no token by its form never is."""
        now = time.monotonic()
        self._left = min(_GUESSES, self._left + (now - self._at) * _GUESSES_A_SECOND)
        self._at = now
        if hashed(secret) in self._stood:
            return True
        if self._left < 1:
            return False
        self._left -= 1
        return True

    def looked_up(self, secret: str, *, stands: bool) -> None:
        """Remember what came of it."""
        key = hashed(secret)
        known = key in self._stood
        self._stood.pop(key, None)
        if stands:
            self._left += not known
            self._stood[key] = None
            if len(self._stood) > _REMEMBERED:
                self._stood.popitem(last=False)


def is_one(secret: str) -> bool:
    """Whether it has the form of a token."""
    return _FORM.fullmatch(secret) is not None


def hashed(secret: str) -> bytes:
    """What is kept of a secret."""
    return sha256(secret.encode("utf-8", "surrogatepass")).digest()


def identity_of(secret: str) -> UUID:
    """What a token is called: the same in every service it was made for."""
    return derived("token", hashed(secret).hex())


async def holder_of(connection: Connection, secret: str) -> Holder | None:
    """Who holds this secret, if it is one that stands now: by the database's clock, whatever a replay's says."""
    row = await connection.fetchrow(_HOLDER, hashed(secret))
    return None if row is None else Holder(row["id"], row["holder"], frozenset(row["scopes"]))
