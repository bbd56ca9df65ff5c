"""The server behind the page, as other programs use it."""

import json
import time
import urllib.request
from typing import Any

from sandbox.server import TOKEN

START_S = 300.0


def act(address: str, action: str, **body: Any) -> dict[str, Any]:
    """Do something in another program, of which the page hears."""
    return _post(f"{address}/sandbox/{action}", body)


def as_bot(address: str, method: str, **arguments: Any) -> dict[str, Any]:
    """Call a method of the Bot API beside the bot; return its result."""
    result: dict[str, Any] = _post(f"{address}/bot{TOKEN}/{method}", arguments)["result"]
    return result


def person(address: str, name: str) -> int:
    """Return the number of a person."""
    return next(int(chat["id"]) for chat in _chats(address) if chat.get("first_name") == name)


def room(address: str, title: str) -> int:
    """Return the number of a group or channel."""
    open_chats = (chat for chat in _chats(address) if not chat["migrated_to"])
    return next(int(chat["id"]) for chat in open_chats if chat.get("title") == title)


def board_of(address: str) -> str:
    """Return the address of the operator's board; empty as long as it does not answer."""
    with urllib.request.urlopen(f"{address}/sandbox/events") as stream:
        stream.readline()
        return str(json.loads(stream.readline().removeprefix(b"data: "))["board"])


def wait_until_ready(address: str) -> None:
    """Wait until the bot polls and an engine is on."""
    end = time.monotonic() + START_S
    while time.monotonic() < end:
        if board := board_of(address):
            with urllib.request.urlopen(f"{board}board.json") as answer:
                if json.load(answer)["engines"]:
                    return
        time.sleep(0.5)
    raise AssertionError(f"bot and engine did not start in {START_S:g} s")


def statuses(address: str) -> list[int]:
    """Return the HTTP code of each call of the bot."""
    with urllib.request.urlopen(f"{address}/sandbox/calls") as answer:
        return [call["status"] for call in json.load(answer)]


def _chats(address: str) -> list[dict[str, Any]]:
    with urllib.request.urlopen(f"{address}/sandbox/chats") as answer:
        chats: list[dict[str, Any]] = json.load(answer)
    return chats


def _post(url: str, body: dict[str, Any]) -> dict[str, Any]:
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(url, json.dumps(body).encode(), headers)
    with urllib.request.urlopen(request) as answer:
        told: dict[str, Any] = json.load(answer)
    return told
