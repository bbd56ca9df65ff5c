"""The programs beside the server, if whoever started it lets them be controlled."""

from collections.abc import Sequence
from typing import Protocol

from sandbox.state.json_object import JsonObject


class Programs(Protocol):
    """Bot and engine, which a user of the page may kill and start again."""

    def states(self) -> Sequence[JsonObject]:
        """Return of each its `name`, `state` (running, ended, stopped), `code` and log `tail`."""

    def surroundings(self) -> JsonObject:
        """Return `disk` (its state), `disk_can` (other states), `ahead` (s) and `webhook`."""

    async def surround(self, body: JsonObject) -> None:
        """Change `disk`, `clock` (by seconds) or `webhook`; raises Misuse where that cannot be."""

    async def act(self, name: str, action: str) -> None:
        """Start, stop (as a service manager does) or kill a program.

        Raises Misuse if there is no such program or action.
        """
