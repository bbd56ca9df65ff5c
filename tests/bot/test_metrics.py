"""The figures that an operator's monitoring reads, and the alerts about what stands still."""

import asyncio
import json
import logging
import re
import socket
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from sqlalchemy.exc import OperationalError

from bot.monitoring.metrics import CallCounter, MetricsServer, render
from bot.monitoring.watch import Watch, WatchSettings
from bot.settings import ListenAddress
from store import jobs
from store.admin.metrics import Metric
from store.database.database import Database
from store.jobs import engines
from store.jobs.engines import EngineState
from store.system.json_log import JsonFormatter
from tests.fixtures.store import BROKEN, RESULT, ask, claimed, sql

ENGINE = EngineState("host:1", ("pocket",), "cuda", ((64, 64),), 1, memory=(3, 8))
LINE = re.compile(r'[a-z_]+(\{([a-z]+="[^"\n]*",?)+\})? -?[0-9.e+]+')
AWAY = OperationalError("SELECT", {}, Exception("unable to open database file"))


def server(db: Database, folder: Path) -> MetricsServer:
    return MetricsServer(db, CallCounter(), {"files": folder}, lambda: True)


async def figures(db: Database, folder: Path) -> dict[str, float]:
    text = render(await server(db, folder).read())
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    assert all(LINE.fullmatch(line) for line in lines), lines
    return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines)}


async def test_the_figures_tell_how_the_queue_and_the_engines_are(
    db: Database, tmp_path: Path
) -> None:
    await engines.record_heartbeat(db, ENGINE)
    for _ in range(4):
        await ask(db)
    job, token = await claimed(db)
    await jobs.finish(db, job.id, token, RESULT, [])
    await sql(db, "UPDATE jobs SET started_ms = finished_ms - 5000 WHERE state = 'done'")
    job, token = await claimed(db)
    await jobs.fail(db, job.id, token, BROKEN, retry=False)
    await claimed(db)
    await sql(db, "UPDATE jobs SET created_ms = created_ms - 60000")
    await sql(db, "INSERT INTO inbox (update_id, chat_id, kind, body, state, received_ms) "
              "VALUES (1, 1, 'message', '', 'set-aside', 0)")  # fmt: skip
    found = await figures(db, tmp_path)
    assert found['mazok_jobs{state="queued"}'] == found['mazok_jobs{state="running"}'] == 1
    assert 60 <= found["mazok_queue_age_seconds"] < 90
    assert found["mazok_jobs_accepted_total"] == 4
    assert found['mazok_jobs_ended{state="done"}'] == found['mazok_jobs_ended{state="failed"}'] == 1
    assert found["mazok_painting_seconds"] == 5
    assert found["mazok_steps_per_second"] == RESULT.steps / 5
    assert found['mazok_outbox_messages{state="pending"}'] == 7
    assert found['mazok_inbox_updates{state="set-aside"}'] == 1
    assert found["mazok_engines"] == 1
    assert found['mazok_engine_memory_bytes{engine="host:1",kind="total"}'] == 8
    assert found['mazok_faults{owner="job"}'] == 1
    assert found['mazok_disk_free_bytes{place="files"}'] > 0
    assert found["mazok_database_up"] == found["mazok_receiving"] == 1


async def test_an_empty_store_has_figures_too(db: Database, tmp_path: Path) -> None:
    found = await figures(db, tmp_path)
    assert found["mazok_queue_age_seconds"] == found["mazok_steps_per_second"] == 0


async def test_a_database_that_is_away_is_a_figure(
    db: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(db: Database) -> None:
        raise AWAY

    monkeypatch.setattr("bot.monitoring.metrics.read_metrics", away)
    found = await figures(db, tmp_path)
    assert found["mazok_database_up"] == 0 and found["mazok_receiving"] == 1


def test_labels_are_escaped() -> None:
    metric = Metric("m", "About.", (({"engine": 'a"b\\c\nd'}, 1.0),))
    assert render([metric]).splitlines()[2] == 'm{engine="a\\"b\\\\c\\nd"} 1.0'


async def test_they_are_served_until_the_stop(db: Database, tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    stop = asyncio.Event()
    running = asyncio.create_task(server(db, tmp_path).run(ListenAddress("127.0.0.1", port), stop))
    await asyncio.sleep(0.2)
    url = f"http://127.0.0.1:{port}/metrics"
    async with aiohttp.ClientSession() as session, session.get(url) as answer:
        assert answer.status == 200 and "mazok_jobs" in await answer.text()
        assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    stop.set()
    await running


async def alerts_of(db: Database) -> list[str]:
    return [row[0] for row in await sql(db, "SELECT kind FROM alerts ORDER BY id")]


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def watch(db: Database, **changes: Any) -> tuple[Watch, Clock]:
    clock, settings = Clock(), WatchSettings(**changes)
    folders = {"files": Path("/")}
    return Watch(db, folders, lambda: "trouble", settings=settings, clock=clock), clock


async def test_61_what_stands_still_is_told_once_an_hour(db: Database) -> None:
    await ask(db)
    await sql(db, "UPDATE outbox SET due_ms = due_ms - 3600000")
    await sql(db, "INSERT INTO inbox (update_id, chat_id, kind, body, received_ms) "
              "VALUES (1, 1, 'message', '', 0)")  # fmt: skip
    watching, clock = watch(db, free_bytes=10**18)
    clock.now = 200.0
    await watching.look()
    await watching.look()
    assert await alerts_of(db) == ["polling", "outbox", "inbox", "disk"]
    await sql(db, "UPDATE alerts SET created_ms = created_ms - 3600000, told_ms = 1")
    await watching.look()
    assert len(await alerts_of(db)) == 8


async def test_a_store_at_work_gives_no_alert(db: Database) -> None:
    await ask(db)
    watching, _ = watch(db, free_bytes=0)
    await watching.look()
    assert await alerts_of(db) == []


def test_a_line_of_the_log_can_be_json() -> None:
    record = logging.LogRecord(
        "bot.x", logging.WARNING, "", 0, "job %d: “%s”\nlost", (7, "a"), None
    )
    line = JsonFormatter().format(record)
    assert "\n" not in line
    found = json.loads(line)
    assert found.pop("time").endswith("+00:00")
    assert found == {"level": "WARNING", "logger": "bot.x", "job": 7, "message": "“a”\nlost"}


async def test_the_board_and_the_rules_name_figures_that_there_are(
    db: Database, tmp_path: Path
) -> None:
    deploy = Path(__file__).parents[2] / "deploy"
    known = {metric.name for metric in await server(db, tmp_path).read()}
    for name in ("grafana.json", "alerts.yml"):
        named = set(re.findall(r"\bmazok_\w+", (deploy / name).read_text("utf-8")))
        assert named and named <= known
    board = json.loads((deploy / "grafana.json").read_text("utf-8"))
    shown = " ".join(target["expr"] for panel in board["panels"] for target in panel["targets"])
    assert known == set(re.findall(r"\bmazok_\w+", shown)) | {"mazok_jobs_accepted_total"}
