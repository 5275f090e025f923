"""Serve the simulated API, of which each reading uses as many credits as is asked.

It runs in a process of its own, whose time is not that of the contenders.
"""

import asyncio
from collections import deque
import json
import sys
from typing import Final

from aiohttp import web

from dev.simulator import Simulator, answer, make_token

TOKEN: Final = make_token("benchmark")
BALANCE: Final = 10**6


async def serve(use: int) -> None:
    """Serve an account, and print the address."""
    simulator = Simulator(requests=deque(maxlen=0))
    account = simulator.add_account(TOKEN, BALANCE)

    async def read(request: web.Request) -> web.StreamResponse:
        account.send(use)
        return await answer(body=json.dumps({"credits": account.credits}))(request)

    simulator.fault = read
    async with simulator.serve() as url:
        print(url, flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))
