"""Methods getMe, close, logOut, and the bot's names, descriptions and commands."""

import re
from collections.abc import Callable
from typing import Any

from sandbox.api.arguments import ApiMethod, CallArguments
from sandbox.errors import bad_request
from sandbox.state.world import BotProfile, World

_COMMAND = re.compile(r"[a-z0-9_]{1,32}")
_MAX_COMMANDS = 100
_MAX_DESCRIPTION = 256
_CHAT_SCOPES = {"chat": ("chat_id",), "chat_administrators": ("chat_id",)} | {
    "chat_member": ("chat_id", "user_id")
}
_SCOPES = {"default", "all_private_chats", "all_group_chats", "all_chat_administrators"}


async def get_me(world: World, arguments: CallArguments) -> Any:
    """Return the bot as a User object with its capabilities."""
    return {
        **world.bot.to_json(),
        "can_join_groups": True,
        "can_read_all_group_messages": not world.privacy,
        "supports_inline_queries": True,
        "can_connect_to_business": False,
        "has_main_web_app": False,
    }


async def return_true(world: World, arguments: CallArguments) -> Any:
    """Answer close and logOut, which have no effect here."""
    return True


async def set_my_commands(world: World, arguments: CallArguments) -> Any:
    """Set the commands of a scope and language."""
    commands = arguments.json("commands")
    if not isinstance(commands, list):
        raise bad_request("can't parse commands JSON object")
    if len(commands) > _MAX_COMMANDS:
        raise bad_request("BOT_COMMANDS_TOO_MUCH")
    for command in commands:
        if not isinstance(command, dict) or not _COMMAND.fullmatch(str(command.get("command", ""))):
            raise bad_request("BOT_COMMAND_INVALID")
        if not 1 <= len(str(command.get("description", ""))) <= _MAX_DESCRIPTION:
            raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
    world.profile.commands[_scope(arguments), _language(arguments)] = commands
    world.profile_changed()
    return True


async def delete_my_commands(world: World, arguments: CallArguments) -> Any:
    """Delete the commands of a scope and language."""
    world.profile.commands.pop((_scope(arguments), _language(arguments)), None)
    return True


async def get_my_commands(world: World, arguments: CallArguments) -> Any:
    """Return the commands of a scope and language."""
    return world.profile.commands.get((_scope(arguments), _language(arguments)), [])


def _scope(arguments: CallArguments) -> str:
    scope = arguments.json("scope") or {"type": "default"}
    kind = scope.get("type")
    if kind not in _SCOPES | _CHAT_SCOPES.keys():
        raise bad_request("can't parse BotCommandScope: unsupported type specified")
    parts = [str(scope.get(name, "")) for name in _CHAT_SCOPES.get(kind, ())]
    return ":".join([str(kind), *parts])


def _language(arguments: CallArguments) -> str:
    language = arguments.text("language_code")
    if language and not re.fullmatch(r"[a-z]{2}", language):
        raise bad_request("invalid language code specified")
    return language


def _text_methods(
    field: str, limit: int, texts: Callable[[BotProfile], dict[str, str]]
) -> tuple[ApiMethod, ApiMethod]:
    """Return the set and get methods of one text of the bot's profile."""

    async def set_text(world: World, arguments: CallArguments) -> Any:
        text = arguments.text(field)
        if len(text) > limit:
            raise bad_request(f"{field} is too long: at most {limit} characters")
        texts(world.profile)[_language(arguments)] = text
        world.profile_changed()
        return True

    async def get_text(world: World, arguments: CallArguments) -> Any:
        by_language = texts(world.profile)
        return {field: by_language.get(_language(arguments)) or by_language.get("", "")}

    return set_text, get_text


_set_name, _get_name = _text_methods("name", 64, lambda profile: profile.names)
_set_description, _get_description = _text_methods(
    "description", 512, lambda profile: profile.descriptions
)
_set_short, _get_short = _text_methods(
    "short_description", 120, lambda profile: profile.short_descriptions
)

METHODS: dict[str, ApiMethod] = {
    "getMe": get_me,
    "close": return_true,
    "logOut": return_true,
    "setMyCommands": set_my_commands,
    "deleteMyCommands": delete_my_commands,
    "getMyCommands": get_my_commands,
    "setMyName": _set_name,
    "getMyName": _get_name,
    "setMyDescription": _set_description,
    "getMyDescription": _get_description,
    "setMyShortDescription": _set_short,
    "getMyShortDescription": _get_short,
}
