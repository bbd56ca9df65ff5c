"""getMe, the bot's names, descriptions and commands, close and logOut."""

import re
from collections.abc import Callable
from typing import Any

from sandbox.api.arguments import ApiMethod, CallArguments
from sandbox.errors import bad_request
from sandbox.state.world import BotProfile, World

_COMMAND = re.compile(r"[a-z0-9_]{1,32}")
_MOST_COMMANDS = 100
_MOST_COMMAND_TEXT = 256
_CHAT_SCOPES = {"chat": ("chat_id",), "chat_administrators": ("chat_id",)} | {
    "chat_member": ("chat_id", "user_id")
}
_SCOPES = {"default", "all_private_chats", "all_group_chats", "all_chat_administrators"}


async def get_me(world: World, arguments: CallArguments) -> Any:
    return {
        **world.bot.to_json(),
        "can_join_groups": True,
        "can_read_all_group_messages": not world.privacy,
        "supports_inline_queries": True,
        "can_connect_to_business": False,
        "has_main_web_app": False,
    }


async def yes(world: World, arguments: CallArguments) -> Any:
    """close and logOut: nothing here has to move to another server."""
    return True


async def set_my_commands(world: World, arguments: CallArguments) -> Any:
    commands = arguments.json("commands")
    if not isinstance(commands, list):
        raise bad_request("can't parse commands JSON object")
    if len(commands) > _MOST_COMMANDS:
        raise bad_request("BOT_COMMANDS_TOO_MUCH")
    for one in commands:
        if not isinstance(one, dict) or not _COMMAND.fullmatch(str(one.get("command", ""))):
            raise bad_request("BOT_COMMAND_INVALID")
        if not 1 <= len(str(one.get("description", ""))) <= _MOST_COMMAND_TEXT:
            raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
    world.profile.commands[_scope(arguments), _language(arguments)] = commands
    return True


async def delete_my_commands(world: World, arguments: CallArguments) -> Any:
    world.profile.commands.pop((_scope(arguments), _language(arguments)), None)
    return True


async def get_my_commands(world: World, arguments: CallArguments) -> Any:
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


def _text_by_language(
    field: str, most: int, texts: Callable[[BotProfile], dict[str, str]]
) -> tuple[ApiMethod, ApiMethod]:
    """The pair of set- and get- for one text of the bot's profile."""

    async def put(world: World, arguments: CallArguments) -> Any:
        text = arguments.text(field)
        if len(text) > most:
            raise bad_request(f"{field} is too long: at most {most} characters")
        texts(world.profile)[_language(arguments)] = text
        return True

    async def get(world: World, arguments: CallArguments) -> Any:
        known = texts(world.profile)
        return {field: known.get(_language(arguments)) or known.get("", "")}

    return put, get


_put_name, _get_name = _text_by_language("name", 64, lambda profile: profile.names)
_put_text, _get_text = _text_by_language("description", 512, lambda profile: profile.descriptions)
_put_short, _get_short = _text_by_language(
    "short_description", 120, lambda profile: profile.short_descriptions
)

METHODS: dict[str, ApiMethod] = {
    "getMe": get_me,
    "close": yes,
    "logOut": yes,
    "setMyCommands": set_my_commands,
    "deleteMyCommands": delete_my_commands,
    "getMyCommands": get_my_commands,
    "setMyName": _put_name,
    "getMyName": _get_name,
    "setMyDescription": _put_text,
    "getMyDescription": _get_text,
    "setMyShortDescription": _put_short,
    "getMyShortDescription": _get_short,
}
