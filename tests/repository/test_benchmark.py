"""The server of the benchmark, which nothing else runs."""

from asyncio.subprocess import PIPE, create_subprocess_exec
import sys

from aiohttp import ClientSession
import pytest

from dev import ROOT


@pytest.mark.usefixtures("socket_enabled")
async def test_each_reading_uses_credits() -> None:
    """As many as the benchmark asks for."""
    server = await create_subprocess_exec(
        sys.executable, "-m", "dev.benchmark.api", "2", cwd=ROOT, stdout=PIPE
    )
    assert server.stdout
    url = f"{(await server.stdout.readline()).decode().strip()}/credits/balance"
    async with ClientSession() as session:
        answers = [await (await session.get(url)).json() for _ in range(2)]
    server.terminate()
    await server.wait()

    assert [answer["credits"] for answer in answers] == [999_998, 999_996]
