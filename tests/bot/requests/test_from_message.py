"""A message becomes a request without any call or query."""

from typing import Any

import pytest
from aiogram.filters import CommandObject
from aiogram.types import Message

from bot.requests.from_message import MissingInput, parse_message
from bot.requests.incoming import IncomingRequest
from bot.requests.requester import AnonymousSender
from store.errors import RequestError
from store.jobs.albums import AlbumMessage
from store.model import Requester
from store.request.request import DrawRequest
from tests.fixtures.bot import ANNA, BORIS, GROUP, person

CHAT = {"id": ANNA, "type": "private"}
ANNA_ASKS = Requester(ANNA, ANNA, "private", 5, None, "ru")


def _message(**fields: Any) -> Message:
    return Message.model_validate(
        {"message_id": 5, "date": 1, "chat": CHAT, "from": person(ANNA), **fields}
    )


def _photo(name: str, size: int = 9) -> dict[str, Any]:
    sizes = {"file_unique_id": "u", "width": 9, "height": 9, "file_size": size}
    return {"photo": [{**sizes, "file_id": f"{name}-small"}, {**sizes, "file_id": name}]}


def _answered(**fields: Any) -> dict[str, Any]:
    return {"message_id": 4, "date": 1, "chat": CHAT, "from": person(BORIS), **fields}


def _command(name: str, args: str | None = None) -> CommandObject:
    return CommandObject(prefix="/", command=name, args=args)


def test_a_text_is_a_request() -> None:
    assert parse_message(_message(text="кот"), "ru") == IncomingRequest(
        DrawRequest("кот"), ANNA_ASKS, f"{ANNA}:5", apply_preferences=True
    )


@pytest.mark.parametrize(
    ("answered", "prompt"),
    [
        ({"text": "a cat"}, "a cat"),
        ({"caption": "a dog", **_photo("x")}, "a dog"),
        ({"text": "/draw a fox"}, "a fox"),
    ],
)
def test_a_command_without_words_takes_those_that_it_replies_to(
    answered: dict[str, Any], prompt: str
) -> None:
    message = _message(text="/draw", reply_to_message=_answered(**answered))
    assert parse_message(message, "ru", _command("draw")).request.prompt == prompt
    quoting = _message(
        text="/draw", reply_to_message=_answered(**answered), quote={"text": "it", "position": 0}
    )
    assert parse_message(quoting, "ru", _command("draw")).request.prompt == "it"


def test_images_come_in_order_and_their_use_from_the_command() -> None:
    message = _message(
        caption="/style кот", **_photo("own"), reply_to_message=_answered(**_photo("answered"))
    )
    incoming = parse_message(message, "ru", _command("Style", "кот"))
    assert (incoming.use, incoming.image_file_ids) == ("style", ("answered", "own"))
    assert incoming.request == DrawRequest("кот")


def test_an_album_is_one_request_with_the_messages_so_far() -> None:
    message = _message(
        caption="кот",
        media_group_id="g",
        **_photo("own"),
        reply_to_message=_answered(**_photo("a")),
    )
    incoming = parse_message(message, "ru")
    assert incoming.key == f"{ANNA}:album:g"
    assert incoming.image_file_ids == ()
    assert incoming.album == (
        AlbumMessage(ANNA, "g", 4, ANNA, "ru", "a"),
        AlbumMessage(ANNA, "g", 5, ANNA, "ru", "own"),
    )


@pytest.mark.parametrize(
    ("fields", "command", "key"),
    [
        ({"text": "/draw"}, _command("draw"), "draw-empty"),
        ({"text": "/like кот"}, _command("like", "кот"), "like-empty"),
        ({"text": "/style кот"}, _command("style", "кот"), "style-empty"),
        (_photo("x"), None, "picture-words"),
        ({"caption": "/like", **_photo("x")}, _command("like"), "picture-words"),
    ],
)
def test_what_is_missing_is_named(
    fields: dict[str, Any], command: CommandObject | None, key: str
) -> None:
    with pytest.raises(MissingInput) as caught:
        parse_message(_message(**fields), "ru", command)
    assert caught.value.key == key


def test_a_command_may_not_reply_to_a_voice_message_but_a_text_may() -> None:
    voice = _answered(voice={"file_id": "v", "file_unique_id": "u", "duration": 1})
    assert parse_message(_message(text="кот", reply_to_message=voice), "ru").image_file_ids == ()
    with pytest.raises(RequestError) as caught:
        parse_message(
            _message(text="/draw кот", reply_to_message=voice), "ru", _command("draw", "кот")
        )
    assert caught.value.key == "draw-not-picture"


def test_a_channel_has_no_account_to_charge() -> None:
    channel = {"id": GROUP * 7, "type": "channel", "title": "News"}
    with pytest.raises(AnonymousSender):
        parse_message(_message(text="кот", sender_chat=channel), "ru")


def test_too_many_bytes_are_refused_before_they_are_downloaded() -> None:
    with pytest.raises(RequestError) as caught:
        parse_message(_message(caption="кот", **_photo("x", 10**9)), "ru")
    assert caught.value.key == "input-heavy"
