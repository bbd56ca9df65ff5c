"""Credits: what a picture costs, who pays for it, and what comes back."""

import asyncio
from typing import Any

import pytest

from store import jobs
from store.admin import commands
from store.audit import AdminCommand, history
from store.database.database import Database
from store.errors import Refused
from store.model import QueueLimits
from store.request.pricing import price
from store.request.request import DrawRequest
from store.users.credits import balances, move_account
from tests.fixtures.store import BROKEN, ask, claimed, credits, database_now_ms, sql

GROUP = -1000
LARGE = DrawRequest("кот", size=(512, 512))
FEW: dict[str, Any] = {"daily_credits": 2, "group_credits": 3}
LIMITS = QueueLimits(**FEW)


async def _left(db: Database, user: int = 1) -> tuple[int, int]:
    """Of the person's own and of the group's."""
    now = await balances(db, user, GROUP, LIMITS)
    assert now.group is not None
    return now.own.left, now.group.left


@pytest.mark.parametrize(
    ("size", "steps", "cost"),
    [
        (None, None, 1),
        ((256, 256), 300, 1),
        ((64, 64), 1, 1),
        ((320, 208), None, 1),
        ((384, 384), None, 2),
        ((512, 512), 300, 4),
        ((512, 512), 600, 8),
        (None, 900, 3),
        ((2048, 2048), 5000, 64 * 17),
    ],
)
def test_the_price_is_size_times_steps(
    size: tuple[int, int] | None, steps: int | None, cost: int
) -> None:
    assert price(DrawRequest("кот", size=size, steps=steps)) == cost


async def test_the_askers_own_credits_pay_first_and_then_the_groups(db: Database) -> None:
    left = []
    for _ in range(4):
        await ask(db, chat=GROUP, **FEW)
        left.append(await _left(db))
    assert left == [(1, 3), (0, 3), (0, 2), (0, 1)]
    # The group has one more, but not for somebody who had a day's worth from groups already.
    with pytest.raises(Refused, match="used up"):
        await ask(db, chat=GROUP, **FEW)
    with pytest.raises(Refused):
        await ask(db, chat=GROUP - 1, **FEW)
    for _ in range(3):
        await ask(db, 2, chat=GROUP, **FEW)
    assert await _left(db, 2) == (0, 0)


async def test_a_group_with_a_number_of_its_own_pays_for_people_who_have_none(db: Database) -> None:
    none: dict[str, Any] = {"daily_credits": 0, "group_credits": 3}
    with pytest.raises(Refused, match="no free credits for you here"):
        await ask(db, chat=GROUP, **none)  # making groups gains nothing
    await commands.set_quota(db, AdminCommand(9, 1), GROUP, 4, QueueLimits(**none))
    for user in (1, 1, 1, 2):
        await ask(db, user, chat=GROUP, **none)
    with pytest.raises(Refused, match="for today are used up"):
        await ask(db, 2, chat=GROUP, **none)
    for chat in (None, GROUP - 1):
        with pytest.raises(Refused, match="no free credits for you here"):
            await ask(db, chat=chat, **none)


async def test_such_a_group_leaves_the_allowance_in_other_groups(db: Database) -> None:
    await commands.set_quota(db, AdminCommand(9, 1), GROUP, 4, QueueLimits(**FEW))
    for _ in range(6):  # two of one's own, four of the group's
        await ask(db, chat=GROUP, **FEW)
    for _ in range(2):
        await ask(db, chat=GROUP - 1, **FEW)
    with pytest.raises(Refused):
        await ask(db, chat=GROUP - 1, **FEW)


async def test_in_private_the_group_pays_nothing(db: Database) -> None:
    for _ in range(2):
        await ask(db, **FEW)
    with pytest.raises(Refused):
        await ask(db, **FEW)
    assert await _left(db) == (0, 3)


async def test_whoever_paid_gets_it_back(db: Database) -> None:
    for _ in range(3):
        await ask(db, chat=GROUP, **FEW)
    await jobs.cancel(db, user_id=1)  # the newest: the group's
    assert await _left(db) == (0, 3)
    job, token = await claimed(db)
    await jobs.fail(db, job.id, token, BROKEN, retry=False)
    assert await _left(db) == (1, 3)


async def test_granted_credits_stay_over_night_and_free_ones_do_not(db: Database) -> None:
    granted = await commands.grant(db, AdminCommand(9, 1), 1, 3, LIMITS)
    assert granted is not None
    assert (granted.amount, granted.account.left) == (3, 5)
    for _ in range(4):
        await ask(db, **FEW)
    assert await credits(db, **FEW) == 1
    await sql(db, "UPDATE users SET used_day = used_day - 1")
    await sql(db, "UPDATE ledger SET created_ms = created_ms - 86400000")
    assert (await balances(db, 1, limits=LIMITS)).own.left == 3
    # Four come back: two free ones of a day that is over, and two granted ones.
    for _ in range(4):
        await jobs.cancel(db, user_id=1)
    assert (await balances(db, 1, limits=LIMITS)).own.left == 5


@pytest.mark.parametrize("ending", ["cancel", "fail"])
async def test_a_refund_after_midnight_leaves_the_new_days_use_alone(
    db: Database, ending: str
) -> None:
    await ask(db, **FEW)
    await sql(db, "UPDATE users SET used_day = used_day - 1")
    await sql(db, "UPDATE ledger SET created_ms = created_ms - 86400000")
    yesterdays, token = await claimed(db)
    for _ in range(2):
        await ask(db, **FEW)
    assert (await balances(db, 1, limits=LIMITS)).own.left == 0
    if ending == "cancel":
        await jobs.cancel(db, user_id=1, job_id=yesterdays.id)
        await jobs.cancelled(db, yesterdays.id, token)
    else:
        await jobs.fail(db, yesterdays.id, token, BROKEN, retry=False)
    assert await sql(db, "SELECT delta FROM ledger WHERE reason = 'refund'") == [(1,)]
    assert await sql(db, "SELECT used, granted FROM users") == [(2, 0)]
    with pytest.raises(Refused):
        await ask(db, **FEW)


async def test_a_refusal_says_what_is_missing_and_when_it_comes(db: Database) -> None:
    await ask(db, daily_credits=5, request=LARGE)
    for request, daily, key in (
        (LARGE, 5, "credits-short"),
        (LARGE, 4, "no-credits"),
        (LARGE, 3, "credits-never"),
    ):
        with pytest.raises(Refused) as caught:
            await ask(db, daily_credits=daily, request=request)
        assert caught.value.key == key
    now = await database_now_ms(db) // 1000
    with pytest.raises(Refused) as caught:
        await ask(db, daily_credits=4)
    said = int(str(caught.value.values["hours"])) * 60 + int(str(caught.value.values["minutes"]))
    assert abs(said - (86_400 - now % 86_400) / 60) <= 2


async def test_a_new_quota_counts_at_once_and_none_is_as_before(db: Database) -> None:
    for _ in range(2):
        await ask(db, **FEW)
    account = await commands.set_quota(db, AdminCommand(9, 1), 1, 4, LIMITS)
    assert account is not None
    assert (account.daily, account.used, account.left) == (4, 2, 2)
    await commands.set_quota(db, AdminCommand(9, 2), 1, None, LIMITS)
    assert await _left(db) == (0, 3)
    limits = await commands.set_default(db, AdminCommand(9, 3), "daily_credits", 3, LIMITS)
    assert limits == QueueLimits(daily_credits=3, group_credits=3)
    assert await _left(db) == (1, 3)
    await commands.set_default(db, AdminCommand(9, 4), "group_credits", 9, LIMITS)
    await commands.set_quota(db, AdminCommand(9, 5), GROUP, 7, LIMITS)
    assert await _left(db) == (1, 7)


async def test_an_order_that_comes_twice_is_carried_out_and_audited_once(db: Database) -> None:
    twice = (commands.grant(db, AdminCommand(9, 1), 1, 3, LIMITS) for _ in range(2))
    answers = await asyncio.gather(*twice)
    assert sorted(answer is None for answer in answers) == [False, True]
    assert (await balances(db, 1, limits=LIMITS)).own.granted == 3
    (entry,) = await history(db, 1)
    assert (entry.admin_id, entry.action, entry.details) == (9, "grant", {"amount": 3})


async def test_an_order_that_fails_leaves_no_trace_and_may_come_again(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*arguments: object, **names: object) -> None:
        raise OSError("disk")

    with monkeypatch.context() as patch:
        patch.setattr(commands, "record", broken)
        with pytest.raises(OSError, match="disk"):
            await commands.grant(db, AdminCommand(9, 1), 1, 3, LIMITS)
    assert (await balances(db, 1, limits=LIMITS)).own.granted == 0
    assert await commands.grant(db, AdminCommand(9, 1), 1, 3, LIMITS) is not None


async def test_more_than_was_granted_cannot_be_taken_back(db: Database) -> None:
    await commands.grant(db, AdminCommand(9, 1), 1, 3, LIMITS)
    taken = await commands.grant(db, AdminCommand(9, 2), 1, -10, LIMITS)
    assert taken is not None
    assert (taken.amount, taken.account.left) == (-3, 2)
    assert await credits(db, **FEW) == 2


async def test_a_group_that_moves_takes_its_credits_along(db: Database) -> None:
    await commands.grant(db, AdminCommand(9, 1), GROUP, 5, LIMITS)
    await ask(db, GROUP, chat=GROUP, **FEW)
    for new in (GROUP - 1, GROUP - 1):  # the second time there is nothing left to move
        async with db.write() as connection:
            await move_account(connection, GROUP, new)
    assert await credits(db, GROUP - 1, **FEW) == 7
    assert await credits(db, GROUP, **FEW) == 3


async def test_a_group_that_moves_to_a_known_number_has_both(db: Database) -> None:
    for number, (group, amount) in enumerate(((GROUP, 5), (GROUP - 1, 2))):
        await commands.grant(db, AdminCommand(9, number), group, amount, LIMITS)
    await commands.set_quota(db, AdminCommand(9, 9), GROUP, 7, LIMITS)
    async with db.write() as connection:
        await move_account(connection, GROUP, GROUP - 1)
    moved = (await balances(db, GROUP - 1, limits=LIMITS)).own
    assert (moved.daily, moved.granted) == (7, 7)
