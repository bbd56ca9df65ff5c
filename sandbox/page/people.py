"""The people and chats with whom the page begins."""

from dataclasses import dataclass

from sandbox.control.control import Control
from sandbox.state.chats import SandboxChat, SandboxUser

ADMIN_ID = 700_000_900


@dataclass(frozen=True)
class Cast:
    """Everybody who takes part, and the chats that they share."""

    russian: SandboxUser
    english: SandboxUser
    admin: SandboxUser
    group: SandboxChat
    forum: SandboxChat
    channel: SandboxChat


def invite(control: Control) -> Cast:
    """Create the users, a private chat of each, a group, a group with topics and a channel."""
    anna = control.person("Аня", language="ru", username="anya")
    ben = control.person("Ben", language="en", username="ben")
    oleg = control.person("Олег", language="ru", username="oleg", id=ADMIN_ID)
    for user in (anna, ben):
        control.private(user)
    group = control.group("Art club", [anna, ben], admins=[oleg])
    forum = control.group("Мастерская", [anna, ben], admins=[oleg], forum=True)
    for name in ("Пейзажи", "Портреты"):
        control.topic(forum, name, oleg)
    channel = control.channel("Картина дня", [oleg])
    control.private(oleg)
    return Cast(anna, ben, oleg, group, forum, channel)
