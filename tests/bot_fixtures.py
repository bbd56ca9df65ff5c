"""A bot whose session sends nothing but remembers everything, and people who write to it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any, cast

from aiogram import Bot, Dispatcher
from aiogram.client.default import DefaultBotProperties
from aiogram.exceptions import TelegramBadRequest
from aiogram.methods import AnswerCallbackQuery, SendMessage
from aiogram.types import InlineKeyboardMarkup, Update

from bot.courier import Courier
from bot.desk import Desk, all_texts
from bot.dispatcher import build
from bot.messages import Messages
from bot.postman import Postman
from bot.progress import Progress
from bot.replies import Replies
from bot.satchel import Satchel
from bot.status import Lookout
from store import engines, jobs, letters, outbox
from store.database import Database
from store.files import Files
from store.records import UNJUDGED, Job, Limits, Notice, Result, Verdict
from store.safety import SafetyRule
from tests.recorder_fixtures import Failure, Recorder
from tests.store_fixtures import claimed, found, opened, sql

TOKEN = "42:" + "A" * 35
ANNA, BORIS, ADMIN = 100, 200, 300
NAMES = {ANNA: "anna", BORIS: "Boris_B"}
GROUP = -1000
KEY = "jobs/1/token"  # the folder of the first picture


def bad_request(message: str) -> Failure:
    return lambda method: TelegramBadRequest(method, f"Bad Request: {message}")


@dataclass
class Room:
    """All parts of the bot around one database, to be moved by hand."""

    db: Database
    files: Files
    bot: Bot
    telegram: Recorder
    desk: Desk
    dispatcher: Dispatcher
    courier: Courier
    progress: Progress
    postman: Postman
    updates: Any = field(default_factory=lambda: count(1))
    messages: Any = field(default_factory=lambda: count(11))

    async def say(
        self,
        text: str | None = None,
        *,
        user: int = ANNA,
        chat: int | None = None,
        sender: dict[str, Any] | None = None,
        **more: Any,
    ) -> dict[str, Any]:
        """A person writes; the update, so that it can come again."""
        chat = user if chat is None else chat
        message = {
            "message_id": next(self.messages),
            "date": 1_700_000_000,
            "chat": {"id": chat, "type": "private" if chat > 0 else "supergroup"},
            "from": sender or person(user),
            **({} if text is None else {"text": text}),
            **more,
        }
        update = {"update_id": next(self.updates), "message": message}
        await self.feed(update)
        return update

    async def tap(
        self,
        data: str,
        *,
        user: int = ANNA,
        chat: int | None = None,
        message_id: int = 77,
        keyboard: InlineKeyboardMarkup | None = None,
        **more: Any,
    ) -> None:
        """`keyboard`: where Telegram still shows the message, and `more` of it."""
        chat = user if chat is None else chat
        kind = "private" if chat > 0 else "supergroup"
        message: dict[str, Any] = {"message_id": message_id, "date": 0}
        message["chat"] = {"id": chat, "type": kind}
        if keyboard is not None:
            message |= {"date": 1, "reply_markup": keyboard.model_dump(exclude_none=True), **more}
        query = {"id": "q", "from": person(user), "chat_instance": "c", "data": data}
        update = {"update_id": next(self.updates), "callback_query": {**query, "message": message}}
        await self.feed(update)

    async def inquire(self, text: str = "", *, user: int = ANNA, offset: str = "") -> None:
        """A person writes the bot's name and some letters into any chat."""
        query = {"id": "i", "from": person(user), "query": text, "offset": offset}
        await self.feed({"update_id": next(self.updates), "inline_query": query})

    async def feed(self, update: dict[str, Any], *, in_peace: bool = True) -> None:
        """An update comes in; `in_peace`: the last call in its chat was long ago."""
        if in_peace:
            await self.free_chats()
        await self.dispatcher.feed_update(
            self.bot, Update.model_validate(update, context={"bot": self.bot})
        )
        await self.desk.replies.settle()

    def answers(self) -> list[str]:
        return [call.text for call in self.telegram.of(SendMessage)]

    def toasts(self) -> list[str | None]:
        return [call.text for call in self.telegram.of(AnswerCallbackQuery)]

    async def jobs(self) -> list[Job]:
        rows = await sql(self.db, "SELECT id FROM jobs ORDER BY id")
        return [await found(self.db, job_id) for (job_id,) in rows]

    async def deliver(self) -> list[str]:
        """Lets the courier deliver all that is due, without the wait between two calls."""
        kinds = []
        while (delivery := await self.next_due()) is not None:
            await self.courier.deliver(delivery)
            kinds.append(delivery.kind)
        return kinds

    async def next_due(self) -> outbox.Delivery | None:
        await self.free_chats()
        return await outbox.due(self.db, "test")

    async def post(self) -> int:
        """Alerts and broadcasts are delivered as far as they are due; how many letters."""
        self.postman._look_at = 0.0
        await self.free_chats()
        await self.postman.look()
        count = 0
        while (letter := await letters.due(self.db)) is not None:
            await self.free_chats()
            await self.postman.deliver(letter)
            count += 1
        return count

    async def free_chats(self) -> None:
        await sql(self.db, "UPDATE chats SET calls = '[]'")

    async def show(self) -> None:
        """One round of progress, with every chat long enough in peace."""
        await self.free_chats()
        self.progress._free_at.clear()
        self.progress._looked_at.clear()
        await self.progress.look()
        await self.progress.settle()

    async def painting(self, **beat: Any) -> Job:
        """The next job is claimed and has got somewhere."""
        job, token = await claimed(self.db)
        await jobs.beat(self.db, job.id, token, **{"step": 5, "steps": 10, "loss": 0.876, **beat})
        return await found(self.db, job.id)

    async def finish(self, job: Job, *notices: Notice, verdict: Verdict = UNJUDGED) -> None:
        folder = f"jobs/{job.id}/token"
        names = [f"{folder}/{name}" for name in ("picture.png", "animation.mp4", "animation.gif")]
        for name in names:
            self.files.write(name, name.rpartition("/")[2].encode())
        facts: dict[str, Any] = {"steps": 21, "seconds": 83.0, "loss": 0.5, "seed": 12345}
        facts |= {"width": 64, "height": 48, "models": ("pocket", "pocket")}
        result = Result(names[0], names[1], names[2], **facts)
        assert job.token is not None
        assert await jobs.finish(self.db, job.id, job.token, result, notices, verdict=verdict)


def buttons(call: Any) -> dict[str, str]:
    """What stands on the buttons of a message, and their data or what else they do."""
    rows = call.reply_markup.inline_keyboard
    return {
        one.text: one.callback_data or one.url or one.switch_inline_query
        for row in rows
        for one in row
    }


def person(user: int) -> dict[str, Any]:
    language = "ru" if user in (ANNA, ADMIN) else "en"
    return {
        "id": user,
        "is_bot": False,
        "first_name": str(user),
        "username": NAMES.get(user),
        "language_code": language,
    }


_texts = cache(all_texts)  # reading them takes longer than most tests


@cache
def _dispatcher() -> Dispatcher:
    """One for all rooms, with the desk of the newest: aiogram looks long at every handler."""
    return build(cast("Desk", None))


@asynccontextmanager
async def opened_room(
    folder: Path, safety: SafetyRule | None = None, **limits: int
) -> AsyncIterator[Room]:
    telegram = Recorder()
    bot = Bot(TOKEN, session=telegram, default=DefaultBotProperties(parse_mode="HTML"))
    files, texts = Files(str(folder / "files")), _texts()
    async with opened(folder) as db:
        replies = Replies(bot, db)
        rules = (Limits(**limits), safety or SafetyRule())
        desk = Desk(db, files, texts, replies, frozenset({ADMIN}), *rules)
        satchel = Satchel(db, files, texts, Messages(bot), Lookout(db, between_s=0))
        courier = Courier("test", satchel, desk.nudge)
        postman = Postman(bot, db, texts, satchel.board, desk.admins)
        dispatcher = _dispatcher()
        dispatcher["desk"] = desk
        parts = (dispatcher, courier, Progress(satchel), postman)
        replies.start()
        yield Room(db, files, bot, telegram, desk, *parts)
        await replies.stop()


async def engine_is_here(db: Database, *vqgans: str) -> None:
    models = vqgans or ("pocket",)
    await engines.beat_engine(db, engines.EngineState("e", models, "cpu", [(64, 64)], 1, vqgans))
