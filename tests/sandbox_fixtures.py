"""Calls to Telegram's stand-in over HTTP: as a bot makes them, and as who drives it makes them."""

import io
import json
from typing import Any

import aiohttp

from sandbox import Sandbox


async def call(telegram: Sandbox, method: str, **fields: Any) -> Any:
    """A bot's call in JSON; bytes go as the parts of a multipart form."""
    url = f"{telegram.url}/bot{telegram.token}/{method}"
    files = {name: value for name, value in fields.items() if isinstance(value, bytes)}
    async with aiohttp.ClientSession() as session:
        if not files:
            async with session.post(url, json=fields) as response:
                return await response.json()
        form = aiohttp.FormData()
        for name, value in fields.items():
            if name in files:
                form.add_field(name, io.BytesIO(value), filename=f"{name}.bin")
            else:
                form.add_field(name, value if isinstance(value, str) else json.dumps(value))
        async with session.post(url, data=form) as response:
            return await response.json()


async def post(session: aiohttp.ClientSession, path: str, **body: Any) -> Any:
    """A call of the control."""
    async with session.post(path, json=body) as response:
        assert response.status == 200, await response.text()
        return await response.json()


def refused_polls(telegram: Sandbox) -> int:
    """How often a bot was told that another one takes its updates."""
    return sum(call.status == 409 for call in telegram.calls_of("getUpdates"))
