"""A bot of aiogram that talks to the sandbox, and what it sends."""

from aiogram import Bot
from aiogram.client.default import DefaultBotProperties
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.types import BufferedInputFile, InlineKeyboardButton, InlineKeyboardMarkup

from sandbox import Sandbox


class _Session(AiohttpSession):
    async def close(self) -> None:
        """Without the quarter of a second that the parent waits for TLS to say goodbye."""
        if self._session is not None:
            await self._session.close()


def bot_of(telegram: Sandbox, token: str | None = None) -> Bot:
    server = TelegramAPIServer.from_base(telegram.url)
    properties = DefaultBotProperties(parse_mode="HTML")
    return Bot(token or telegram.token, session=_Session(api=server), default=properties)


def upload(data: bytes, name: str) -> BufferedInputFile:
    return BufferedInputFile(data, filename=name)


def keyboard(*labels: str) -> InlineKeyboardMarkup:
    row = [InlineKeyboardButton(text=label, callback_data=label.lower()) for label in labels]
    return InlineKeyboardMarkup(inline_keyboard=[row])
