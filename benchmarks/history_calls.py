"""One round of everything that bot and engine ask of the store while people use it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from itertools import count
from typing import TypeVar

from benchmarks.history_rows import BUSY_USER, GROUP
from store import audit, chat_lifecycle, jobs
from store.admin import statistics
from store.database.database import Database
from store.gallery import expiry, gallery
from store.jobs import albums, engines, inputs, missing_models
from store.jobs.engines import EngineState
from store.messages import alerts, announcements, inbox, outbox, previews, rate_limits
from store.messages.inbox import read_update
from store.model import Job, QueueLimits, Requester, Result
from store.request.request import DrawRequest
from store.users import credits, users
from store.users.users import Profile

T = TypeVar("T")
Timed = Callable[[str, Awaitable[T]], Awaitable[T]]

ENGINE = EngineState("engine:1", ("pocket",), "cpu", ((256, 256),), 1, ("pocket",))
LIMITS = QueueLimits(daily_credits=10**9, per_user_waiting=1000, queue=10**6)
POOR = QueueLimits(daily_credits=2, group_credits=10**9, per_user_waiting=1000, queue=10**6)
NO_LIMITS = rate_limits.ChatRateLimits(0, 10**6)
NEWCOMER = 10**6  # users above it have no history
RESULT = Result("p.png", "a.mp4", "a.gif", 64, 64, steps=150, seconds=40.0, loss=0.5, seed=7)
KEEP_S = 10.0**9
# Asked for by an administrator now and then, or once in minutes: they may take longer.
RARE = ("daily report", "user report", "expire", "delete old updates", "forget the inbox")


@dataclass
class Load:
    """Makes the rounds; every call goes through `timed`, under its name."""

    db: Database
    timed: Timed  # type: ignore[type-arg]
    numbers: "count[int]"

    async def enqueue(self, user: int, chat: int, limits: QueueLimits = LIMITS) -> int:
        """Accept one request."""
        number = next(self.numbers)
        kind = "private" if chat > 0 else "supergroup"
        requester = Requester(user, chat, kind, number, None, "ru")
        accepted = await jobs.enqueue(
            self.db,
            DrawRequest("красный круг"),
            requester,
            request_key=f"{chat}:{number}",
            update_id=10**9 + number,
            limits=limits,
            apply_preferences=True,
        )
        return accepted.job_id

    async def round(self) -> None:
        """Follow a request from its update to its last message, beside what runs at intervals."""
        await self._update()
        user = NEWCOMER + next(self.numbers)
        accepted = await self.timed("accept, newcomer", self.enqueue(user, user))
        behind = await jobs.find(self.db, accepted)
        assert behind is not None
        await self.timed("place far behind", jobs.distant_forecast(self.db, behind))
        await self.timed("accept, busy user", self.enqueue(BUSY_USER, BUSY_USER))
        await self.enqueue(user, GROUP, POOR)
        await self.timed("accept, paid by a group", self.enqueue(user, GROUP, POOR))
        await self._deliver()
        job = await self.timed("claim", jobs.claim(self.db, ENGINE.name, 30.0, ENGINE))
        assert isinstance(job, Job) and job.token
        beat = jobs.beat(self.db, job.id, job.token, step=5, steps=150, preview="p", saved=(5, "l"))
        await self.timed("beat", beat)
        await self._intervals(job)
        await self.timed("finish", jobs.finish(self.db, job.id, job.token, RESULT, []))
        await self._deliver()
        await self._people()
        await self.timed("cancel", jobs.cancel(self.db, user_id=user))
        await self._deliver()

    async def work_off(self) -> None:
        """Handle some of what an outage has left behind."""
        db, timed = self.db, self.timed
        message = await timed("outbox: claim, backlog", outbox.claim_due(db, "bot:1"))
        assert message is not None
        sent = outbox.mark_delivered(db, message, next(self.numbers))
        await timed("outbox: delivered, backlog", sent)
        acks = outbox.claim_due(db, "bot:1", only_acks=True)
        await timed("outbox: acks, backlog", acks)
        updates = await timed("inbox: claim, backlog", inbox.claim(db, 32, 30.0))
        for update in updates:
            await inbox.finish(db, update.update_id)

    async def _update(self) -> None:
        number = next(self.numbers)
        message = {"chat": {"id": number}, "from": {"id": number}}
        update = read_update({"update_id": 10**9 + number, "message": message})
        await self.timed("inbox: receive", inbox.receive(self.db, [update]))
        await self.timed("inbox: claim", inbox.claim(self.db, 32, 30.0))
        await self.timed("inbox: finish", inbox.finish(self.db, update.update_id))
        profile = Profile(number, "Anna", "anna", "ru")
        await self.timed("touch user", users.touch(self.db, profile, number))

    async def _deliver(self) -> None:
        """Deliver all that is due, a chat at a time."""
        while True:
            delivery = await self.timed("outbox: claim", outbox.claim_due(self.db, "bot:1"))
            if delivery is None:
                return
            chat = delivery.chat_id
            pace = rate_limits.acquire(self.db, chat, is_group=chat < 0, limits=NO_LIMITS)
            await self.timed("pace", pace)
            sent = outbox.mark_delivered(self.db, delivery, next(self.numbers))
            await self.timed("outbox: delivered", sent)

    async def _intervals(self, job: Job) -> None:
        """Do what bot and engines do every second or every few seconds."""
        db, timed = self.db, self.timed
        await timed("active", jobs.active(db))
        await timed("forecasts", jobs.forecasts(db))
        await timed("preview?", self._preview(job))
        await timed("stuck downloads?", inputs.release_complete(db))
        await timed("reap", jobs.reap(db))
        await timed("engine heartbeat", engines.record_heartbeat(db, ENGINE))
        await timed("alive engines", engines.alive_engines(db))
        await timed("missing engines?", missing_models.report_missing_engines(db))
        await timed("missing models?", missing_models.report_missing_models(db))
        await timed("alerts", alerts.alert_admins(db, [1]))
        await timed("announcements", announcements.claim_due(db))
        await timed("downloads", inputs.claim_due(db))
        await timed("albums", albums.complete_albums(db, 2.0))
        await timed("expire", expiry.expire_jobs(db, KEEP_S))
        await timed("delete old updates", audit.delete_old_updates(db))
        await timed("forget the inbox", inbox.trim(db))

    async def _preview(self, job: Job) -> None:
        async with previews.turn(self.db, job.id, job.chat_id, NO_LIMITS):
            pass

    async def _people(self) -> None:
        """Do what people ask for beside pictures."""
        db, timed = self.db, self.timed
        newest = await timed("gallery, newest", gallery.gallery_page(db, BUSY_USER))
        assert newest is not None
        older = gallery.gallery_page(db, BUSY_USER, newest.job.id // 2)
        await timed("gallery, in the middle", older)
        nothing = gallery.search_shareable(db, BUSY_USER, lambda picture: False, 1)
        await timed("inline search", nothing)
        await timed("balance", credits.balances(db, BUSY_USER, GROUP, LIMITS))
        await timed("find", jobs.find(db, newest.job.id))
        await timed("queue report", statistics.queue_report(db))
        await timed("user report", statistics.user_report(db, BUSY_USER, LIMITS))
        await timed("daily report", statistics.daily_report(db))
        await timed("chat gone", chat_lifecycle.chat_gone(db, NEWCOMER))
