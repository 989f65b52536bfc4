"""A standby follows its primary, can be made to lack the last of it, and answers in its place."""

import asyncpg
import pytest

from tests.support.databases import standby_of
from tests.support.servers import OwnServers


async def run(url: str, *statements: str) -> list[int]:
    """The numbers that are kept there, after these statements."""
    connection = await asyncpg.connect(url)
    try:
        for statement in statements:
            await connection.execute(statement)
        return [row[0] for row in await connection.fetch("SELECT n FROM kept ORDER BY n")]
    finally:
        await connection.close()


@pytest.mark.timeout(120)
async def test_a_standby_that_lags_takes_over_without_the_last_and_at_the_same_address(own_servers: OwnServers) -> None:
    stack = own_servers(kafka=False)
    url = stack.postgres.url
    await run(url, "CREATE TABLE kept (n int)", "INSERT INTO kept VALUES (1)")
    with standby_of(stack) as standby:
        await run(url, "INSERT INTO kept VALUES (2)")
        standby.catch_up()
        assert await run(standby.url) == [1, 2]
        with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
            await run(standby.url, "INSERT INTO kept VALUES (0)")

        standby.cut_off()
        assert await run(url, "INSERT INTO kept VALUES (3)") == [1, 2, 3]
        standby.take_over()

        assert await run(url, "INSERT INTO kept VALUES (4)") == [1, 2, 4]
        assert stack.postgres.pid is None
    assert not stack.postgres.socket.is_symlink()
