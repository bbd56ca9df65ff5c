"""The sandbox's README: its example works, and it names every action."""

import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from aiohttp import web

from sandbox import Sandbox
from sandbox.control.control import Control
from sandbox.control.http import add_routes
from sandbox.page.routes import add_page

README = (Path(__file__).parents[2] / "sandbox" / "README.md").read_text("utf-8")


async def test_the_example_with_aiogram_works() -> None:
    examples = re.findall(r"^```python\n(.*?)^```", README, re.DOTALL | re.MULTILINE)
    names: dict[str, Any] = {}
    exec(compile(examples[0], "README.md", "exec"), names)
    example: Callable[[], Awaitable[None]] = names["test_an_echo"]
    await example()


def test_every_method_of_the_controls_is_named() -> None:
    public = {name for name in dir(Control) if not name.startswith("_")} - {"clock"}
    assert {name for name in public if f"`{name}`" not in README} == set()


async def test_every_action_over_http_is_named(telegram: Sandbox) -> None:
    routes = web.Application()
    add_routes(routes, telegram)
    add_page(routes, telegram)
    paths = {route.resource.canonical for route in routes.router.routes() if route.resource}
    actions = {path.split("/")[2] for path in paths if path.startswith("/sandbox/")}
    assert len(actions) > 30
    assert {name for name in actions if not re.search(rf"[`/]{name}[`/?]", README)} == set()
