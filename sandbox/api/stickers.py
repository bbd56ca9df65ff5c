"""Methods createNewStickerSet and addStickerToSet."""

import re
from typing import Any

from sandbox.api.arguments import CallArguments
from sandbox.errors import bad_request
from sandbox.state.world import World

_MAX_IN_SET = 120


async def create_new_sticker_set(world: World, arguments: CallArguments) -> Any:
    """Make a set that belongs to a user, who must have started the bot."""
    name, user_id = arguments.text("name"), arguments.integer("user_id")
    chat = world.chats.get(user_id or 0)
    if chat is None:
        raise bad_request("PEER_ID_INVALID")
    suffix = f"_by_{world.bot.username}"
    if not re.fullmatch(r"[A-Za-z]\w{0,63}", name) or not name.lower().endswith(suffix.lower()):
        raise bad_request("invalid sticker set name is specified")
    if name in world.sticker_sets:
        raise bad_request("sticker set name is already occupied")
    if not arguments.text("title"):
        raise bad_request("sticker set title can't be empty")
    stickers = arguments.json("stickers")
    if not isinstance(stickers, list) or not stickers:
        raise bad_request("can't parse stickers JSON object")
    world.sticker_sets[name] = [_file_of(world, one) for one in stickers]
    return True


async def add_sticker_to_set(world: World, arguments: CallArguments) -> Any:
    """Add a sticker to a set that there is."""
    kept = world.sticker_sets.get(arguments.text("name"))
    if kept is None:
        raise bad_request("STICKERSET_INVALID")
    if len(kept) >= _MAX_IN_SET:
        raise bad_request("STICKERS_TOO_MUCH")
    kept.append(_file_of(world, arguments.json("sticker")))
    return True


def _file_of(world: World, sticker: Any) -> str:
    """Return the file id of an InputSticker, whose fields are checked."""
    if not isinstance(sticker, dict) or sticker.get("format") != "static":
        raise bad_request("can't parse sticker JSON object")
    if not sticker.get("emoji_list"):
        raise bad_request("STICKER_EMOJI_INVALID")
    stored = world.files.find(str(sticker.get("sticker", "")))
    if stored.media.kind != "sticker":
        raise bad_request("wrong file type")
    return stored.id


METHODS = {
    "createNewStickerSet": create_new_sticker_set,
    "addStickerToSet": add_sticker_to_set,
}
