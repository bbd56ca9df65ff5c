"""One demonstration and one browser for all tests; each test has a fresh tab."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.browser.chat_page import ChatPage
from tests.browser.live import live_demo, open_browser
from tests.browser.server import wait_until_ready

if TYPE_CHECKING:
    from playwright.sync_api import Browser, ConsoleMessage

LIMIT_S = 600.0  # for one test, with the start of what it needs; on a quiet machine it takes 40


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """End each test that hangs: pytest-timeout then shows where it was waiting."""
    for item in items:
        if item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.timeout(LIMIT_S))


@pytest.fixture(scope="session")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A demonstration whose engine saves its work often and is given up for dead soon."""
    folder = tmp_path_factory.mktemp("demo")
    with live_demo(folder, MAZOK_LEASE_SECONDS="6", MAZOK_STEPS="8") as url:
        wait_until_ready(url)
        yield url


@pytest.fixture(scope="session")
def browser() -> Iterator["Browser"]:
    with open_browser() as started:
        yield started


def _is_wrong(line: "ConsoleMessage") -> bool:
    """Return whether a line tells of a fault; what a person may not do is answered with 400."""
    return line.type == "error" and "status of 400" not in line.text


@pytest.fixture
def chat(browser: "Browser", address: str) -> Iterator[ChatPage]:
    """A fresh tab; what goes wrong in its scripts fails the test."""
    page = browser.new_page(viewport={"width": 1180, "height": 820}, locale="ru-RU")
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda line: wrong.append(line.text) if _is_wrong(line) else None)
    chat = ChatPage(page)
    chat.remember_what_is_shown()
    page.goto(address)
    yield chat
    page.close()
    assert wrong == []
