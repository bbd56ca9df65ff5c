"""The counting of the benchmarks, without the programs that they measure."""

import asyncio
import io
import json
import math
import sys
import time
from functools import partial
from inspect import signature
from pathlib import Path
from time import monotonic

import pytest

from benchmarks import __main__ as benchmarks
from benchmarks import bot, latest
from benchmarks.bot_load import GROUPS, PRIVATE, SimulatedUsers
from benchmarks.bot_observed import RECORDED, record_holds
from benchmarks.painting import quality
from sandbox import Sandbox
from sandbox.state.faults import Call


def test_figures_of_one_measure_leave_those_of_others_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(latest, "FILE", tmp_path / "out" / "latest.json")
    latest.store("bot", {"lost": 1})
    latest.store("memory", {"rows": []})
    latest.store("bot", {"lost": 0})
    known = json.loads((tmp_path / "out" / "latest.json").read_text("utf-8"))
    assert set(known) == {"bot", "memory"} and known["bot"]["lost"] == 0
    assert known["bot"]["cores"] >= 1


def test_what_never_came_is_in_the_worst_hundredth() -> None:
    assert bot._percentiles([0.1] * 99 + [math.inf])["p99"] == 0.1
    assert bot._percentiles([0.1] * 98 + [math.inf] * 2)["p99"] == math.inf


def test_the_functions_whose_commits_are_recorded_know_their_update() -> None:
    for function in RECORDED:
        assert "update_id" in signature(function).parameters


async def test_what_holds_the_event_loop_is_seen() -> None:
    """By the clock, and by the processor time of its thread where it computes."""
    since, written = monotonic(), io.StringIO()
    recording = asyncio.create_task(record_holds(written))
    for hold in (partial(time.sleep, 0.1), _compute):
        await asyncio.sleep(0.02)
        hold()
    await asyncio.sleep(0.02)
    recording.cancel()
    lines = written.getvalue().splitlines(keepends=True)
    held = bot._holds([*lines, "1.0 0."], since)
    assert held["late"]["max"] >= 0.09 and held["processor"]["max"] >= 0.05


def _compute() -> None:
    until = time.thread_time() + 0.05
    while time.thread_time() < until:
        pass


async def test_a_request_is_followed_from_the_update_to_its_answer(tmp_path: Path) -> None:
    telegram = Sandbox()
    telegram.world.updates.allowed = ["message"]
    users = SimulatedUsers(telegram)
    chats = PRIVATE + GROUPS
    await users.write(rate=1e6, seconds=(chats + 1) / 1e6)
    first, *_, last = users.sent_updates.values()
    assert first.is_request and not last.is_request  # who asked in the first round takes it back
    assert last.message.chat is first.message.chat and last.message.text == "/cancel"
    assert await telegram.world.updates.get(0, 100, 0)
    assert first.handed_out is not None and last.handed_out is None  # 100 at a time
    users.read_commits([f"{first.update_id} {first.handed_out + 0.5}"])
    reply = json.dumps({"message_id": first.message.id})
    announced = {"chat_id": str(first.message.chat.id), "reply_parameters": reply}
    arguments = {**announced, "reply_markup": "a button to cancel"}
    said = (arguments, arguments, announced)  # the last one when the picture is finished
    calls = [Call("sendMessage", one, telegram.clock.now()) for one in said]
    telegram.calls.extend(calls)
    users.read_calls()
    assert first.acknowledged is None  # they are under way
    for call in calls:
        call.status = 200
        users.read_calls()
    assert first.committed == first.handed_out + 0.5
    assert first.acknowledged is not None and first.acknowledgements == 2


def test_a_way_of_painting_is_read_and_held_to_the_first_one() -> None:
    words = "bf16:coarse:steps=8:quick:first-cutouts=4:final-rate=0.1"
    first, coarse = (quality.Way.parse(text) for text in ("fp32", words))
    asked = coarse.asked("cat", 7)
    assert (coarse.precision, asked.coarse, asked.steps, asked.quality) == (
        *("bf16", 0.5, 8, "quick"),
    )
    assert (asked.seed, asked.first_cutouts, asked.final_rate) == (7, 4, 0.1)
    with pytest.raises(ValueError, match="soon"):
        quality.Way.parse("bf16:soon")
    usual = [quality.ScoredPicture(score, 4.0) for score in (0.2, 0.4, 0.3, 0.5)]
    worse = [quality.ScoredPicture(one.score - 0.05, 2.0) for one in usual]
    row = quality._row(coarse, worse, usual, seeds=2)
    assert row["difference"] == pytest.approx(-0.05) and row["speed"] == 2
    assert row["spread"] == pytest.approx(0.2 / 2**0.5) and not row["as_good"]
    assert quality._row(first, usual, usual, seeds=2)["as_good"]


def test_scores_that_are_kept_are_not_measured_again(tmp_path: Path) -> None:
    painted: list[float] = []

    def paint() -> quality.ScoredPicture:
        painted.append(0.5 + len(painted))
        return quality.ScoredPicture(painted[-1], 2.0)

    file = tmp_path / "scores"
    first, second = (("pocket", "bf16", prompt, "1") for prompt in ("кот", "cat"))
    before = [quality.KeptScores(file).of(key, paint) for key in (first, second, first)]
    file.write_text(file.read_text("utf-8")[:-5], "utf-8")  # killed while it wrote
    again = quality.KeptScores(file)
    assert [again.of(key, paint) for key in (first, second)] == [
        *(before[0], quality.ScoredPicture(2.5, 2.0)),
    ]
    assert before[0] == before[2] and painted == [0.5, 1.5, 2.5]
    assert quality.KeptScores(file).of(second, paint).score == 2.5
    assert quality.KeptScores(None).of(second, paint).score == 3.5


@pytest.mark.thorough
@pytest.mark.skipif(sys.platform != "linux", reason="the peak of memory is read from /proc")
def test_paintings_at_once_are_compared_with_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(latest, "FILE", tmp_path / "latest.json")
    few = ["--sizes", "64", "--cutouts", "2", "--steps", "1", "--rounds", "1"]
    assert benchmarks.main(["batches", "--vqgan", "pocket", "--counts", "1,2", *few]) == 0
    stored = json.loads((tmp_path / "latest.json").read_text("utf-8"))["batches"]
    assert [row["count"] for row in stored["rows"][0]["counts"]] == [1, 2]
    assert all(row["steps_per_second"] > 0 for row in stored["rows"][0]["counts"])
    assert "2 at once" in capsys.readouterr().out
