"""The menu of commands that a user sees in a chat, of those that the bot has set."""

from collections.abc import Iterator

from sandbox.state.chats import SandboxChat, SandboxUser
from sandbox.state.world import BotProfile


def command_menu(profile: BotProfile, chat: SandboxChat, user: SandboxUser) -> list[dict[str, str]]:
    """Return the commands of the narrowest scope that has any, first in the user's language."""
    for scope in _scopes(chat, user):
        for language in dict.fromkeys(((user.language_code or "")[:2], "")):
            if commands := profile.commands.get((scope, language)):
                return commands
    return []


def _scopes(chat: SandboxChat, user: SandboxUser) -> Iterator[str]:
    """Yield scopes in the order that the Bot API documents, narrowest first."""
    if chat.is_private:
        yield from (f"chat:{chat.id}", "all_private_chats", "default")
        return
    administrator = chat.members.get(user.id) in ("administrator", "creator")
    yield f"chat_member:{chat.id}:{user.id}"
    if administrator:
        yield f"chat_administrators:{chat.id}"
    yield f"chat:{chat.id}"
    if administrator:
        yield "all_chat_administrators"
    yield from ("all_group_chats", "default")
