"""Files that users sent, as a Bot API server in `--local` mode keeps them."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiogram import Bot

from bot.app import make_bot
from bot.requests.sent_files import FileTooBig, FolderUnseen, local_path, read_file
from bot.settings import BotSettings
from sandbox import Sandbox
from store.files import images
from tests.fixtures.bot import TOKEN
from tests.fixtures.image import png
from tests.fixtures.telegram.fake_telegram import RecordingSession

ON_WINDOWS = TOKEN.replace(":", "~")


@pytest.fixture
async def telegram(tmp_path: Path) -> AsyncIterator[Sandbox]:
    async with Sandbox(limits=None, local=tmp_path / "server") as telegram:
        yield telegram


@pytest.fixture
async def bot(telegram: Sandbox) -> AsyncIterator[Bot]:
    values: dict[str, Any] = {"token": telegram.token, "bot_api": telegram.url}
    bot = make_bot(BotSettings(**values))
    yield bot
    await bot.session.close()


def _photo(telegram: Sandbox) -> str:
    anna = telegram.person("Anna")
    message = telegram.say(anna, telegram.private(anna), photo=png("red"))
    assert message.content.media is not None
    return telegram.world.files.store(message.content.media).id


async def test_a_file_is_read_from_the_servers_disk(bot: Bot, telegram: Sandbox) -> None:
    data = await read_file(bot, _photo(telegram), None)
    assert data.startswith(b"\xff\xd8")  # Telegram makes photos JPEG


async def test_the_servers_folder_may_have_another_name_here(
    bot: Bot, telegram: Sandbox, tmp_path: Path
) -> None:
    (mounted := tmp_path / "mounted").symlink_to(tmp_path / "server")
    telegram.world.files.local_folder = tmp_path / "server" / telegram.token
    assert await read_file(bot, _photo(telegram), mounted)


async def test_a_folder_that_is_not_here_is_named_by_its_setting_only(
    bot: Bot, telegram: Sandbox, tmp_path: Path
) -> None:
    with pytest.raises(FolderUnseen) as caught:
        await read_file(bot, _photo(telegram), tmp_path / "mounted")
    assert "MAZOK_BOT_API_FILES" in str(caught.value) and telegram.token not in str(caught.value)


async def test_a_large_file_is_refused_though_nobody_told_its_size(
    bot: Bot, telegram: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    photo = _photo(telegram)
    info = {**telegram.world.files.file_info(photo), "file_size": None}
    monkeypatch.setattr(telegram.world.files, "file_info", lambda file_id: info)
    monkeypatch.setattr(images, "MAX_BYTES", 10)
    with pytest.raises(FileTooBig):
        await read_file(bot, photo, None)


async def test_telegrams_own_server_names_no_path_on_this_disk(tmp_path: Path) -> None:
    (secret := tmp_path / "secret").write_bytes(b"mine")
    bot = Bot(TOKEN, session=RecordingSession())
    with pytest.raises(KeyError):  # it is looked for at Telegram, where there is none
        await read_file(bot, str(secret), None)


@pytest.mark.parametrize(
    ("told", "found"),
    [
        (f"/var/lib/telegram-bot-api/{TOKEN}/photos/1.jpg", f"{TOKEN}/photos/1.jpg"),
        (rf"C:\api\{ON_WINDOWS}\photos\1.jpg", f"{ON_WINDOWS}/photos/1.jpg"),
        ("/elsewhere/photos/1.jpg", "elsewhere/photos/1.jpg"),
    ],
)
def test_what_follows_the_token_is_looked_for_below_the_folder(told: str, found: str) -> None:
    assert local_path(told, TOKEN, Path("/mounted")) == Path("/mounted") / found
    assert local_path(told, TOKEN, None) == Path(told)
