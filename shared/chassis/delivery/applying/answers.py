"""What events of doors were answered, so that who sends one again is told again (delivery rule 4).

The answer goes out once more under the id it had, with the same words: the first may have been lost on its way to the
sender, and nothing that was decided is decided anew.
"""

from collections.abc import Iterable

import msgspec

from shared.chassis.delivery.records.wire import Fact
from shared.chassis.postgres.database import Connection

_ANSWERS = "SELECT identity, answer FROM answers WHERE identity = ANY($1::uuid[])"

_unpack = msgspec.msgpack.Decoder(Fact).decode


async def answers(connection: Connection, identities: Iterable[str]) -> dict[str, Fact]:
    """How each of these events was answered, as far as it was."""
    rows = await connection.fetch(_ANSWERS, list(identities))
    return {str(identity): _unpack(answer) for identity, answer in rows}
