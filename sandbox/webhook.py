"""Deliver updates to the bot's webhook, one at a time, each until it is accepted."""

import asyncio
import time
from dataclasses import replace

from aiohttp import ClientError, ClientSession, ClientTimeout

from sandbox.state.json_object import JsonObject
from sandbox.state.updates import Updates, is_on_this_machine

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"
PAUSES_S = (0.1, 0.2, 0.5, 1.0, 2.0)  # before an update is offered again
ANSWER_S = 30.0


async def deliver_updates(updates: Updates) -> None:
    """Deliver for ever; a webhook elsewhere than on this machine is never called."""
    failures = 0
    async with ClientSession(timeout=ClientTimeout(ANSWER_S)) as session:
        while True:
            updates.changed.clear()
            update = updates.next_for_webhook()
            if update is None or not is_on_this_machine(updates.webhook.url):
                await updates.changed.wait()
                continue
            failure = await _failure(session, updates, update)
            if failure is None:
                failures = 0
                updates.confirm_delivered(update)
                continue
            now = int(time.time())
            updates.webhook = replace(updates.webhook, failure=failure, failed_at=now)
            await asyncio.sleep(PAUSES_S[min(failures, len(PAUSES_S) - 1)])
            failures += 1


async def _failure(session: ClientSession, updates: Updates, update: JsonObject) -> str | None:
    """Offer an update to the webhook; return None if it is accepted, else Telegram's words."""
    webhook = updates.webhook
    headers = {SECRET_HEADER: webhook.secret} if webhook.secret else {}
    try:
        async with session.post(webhook.url, json=update, headers=headers) as answer:
            await answer.read()
    except TimeoutError:
        return "Read timeout expired"
    except ClientError:
        return "Connection refused"
    if answer.status in range(200, 300):
        return None
    return f"Wrong response from the webhook: {answer.status} {answer.reason}"
