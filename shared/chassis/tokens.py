"""Bearer tokens for reading: who holds one, what it opens, and until when; the secret itself is kept nowhere.

A secret is 256 random bits, so one unsalted hash is enough: nobody can try them all. It is looked up by that hash,
which takes no longer for a guess that is nearly right.
"""

from datetime import datetime
from hashlib import sha256
from typing import NamedTuple
from uuid import UUID

from shared.chassis.database import Connection
from shared.chassis.views import Scope
from shared.kernel.identity import derived

PREFIX = "s42_"
"""What a secret begins with, so that one left in a file can be found."""

_HOLDER = "SELECT id, holder, scopes FROM tokens WHERE hash = $1 AND revoked_at IS NULL AND expires_at > $2"


class Holder(NamedTuple):
    """Whoever calls: the token, the member of staff or system it was made for, and the scopes it opens."""

    token_id: UUID
    name: str
    scopes: frozenset[str]

    def may(self, scope: Scope) -> bool:
        """Whether the token opens a view of this scope."""
        return scope.value in self.scopes


def hashed(secret: str) -> bytes:
    """What is kept of a secret."""
    return sha256(secret.encode("utf-8", "surrogatepass")).digest()


def identity_of(secret: str) -> UUID:
    """What a token is called: the same in every service it was made for."""
    return derived("token", hashed(secret).hex())


async def holder_of(connection: Connection, secret: str, now: datetime) -> Holder | None:
    """Who holds this secret, if it is one that stands now."""
    row = await connection.fetchrow(_HOLDER, hashed(secret), now)
    return None if row is None else Holder(row["id"], row["holder"], frozenset(row["scopes"]))
