"""The guide's look at the finished picture, and what the engine does with the verdict."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

import pytest
import torch
from torch import Tensor

from engine.guides.clip import ClipGuide
from engine.guides.guide import Guide
from engine.images.animation import scene_ends
from engine.models import LoadedModels
from engine.painting.plan import Plan
from engine.painting.step import Step
from engine.pipeline import Pipeline
from engine.safety.classifier import THRESHOLD, SafetyClassifier, tensor_of
from engine.safety.descriptions import HARMLESS, UNSAFE
from store import jobs
from store.gallery import erasure
from store.model import NO_VERDICT, SafetyVerdict
from store.reader.scripts import CYRILLIC, LATIN
from tests.fixtures.engine import EngineHarness, Gate, TinyPipeline, reached
from tests.fixtures.models.guide import english_clip
from tests.fixtures.store import ask, credits, deliver_all, sql

RED, GREEN = (1.0, 0.0, 0.0), (0.0, 1.0, 0.0)
SPOKEN = {text for texts in UNSAFE.values() for text in texts}


def _picture(colour: tuple[float, float, float], height: int = 16, width: int = 16) -> Tensor:
    return torch.tensor(colour).view(3, 1, 1).expand(3, height, width)


@dataclass(eq=False)
class HandMade:
    """Knows two things: that all that is red is unsafe, and all that is green is harmless."""

    name: str = "hand-made"
    side: int = 8
    repertoire: None = None
    knows: Callable[[str], bool] = lambda text: True
    read: int = 0  # texts

    def see_in(self, dtype: torch.dtype) -> None:
        """It computes no more than a mean."""

    def encode_text(self, texts: Sequence[str]) -> Tensor:
        self.read += len(texts)
        return torch.tensor([RED if text in SPOKEN else GREEN for text in texts])

    def encode_image(self, pictures: Tensor) -> Tensor:
        assert pictures.shape[1:] == (3, self.side, self.side)
        return torch.nn.functional.normalize(pictures.mean((2, 3)), dim=1)

    def baseline(self) -> None:
        return None

    def unknown_words(self, text: str) -> tuple[str, ...]:
        return () if self.knows(text) else (text,)

    def truncate(self, text: str) -> None:
        return None


class Loaded:
    """Models of which only the guides are asked for."""

    def __init__(self, latin: Guide, cyrillic: Guide | None = None) -> None:
        self.guides = {LATIN: (latin,), CYRILLIC: (cyrillic or latin,)}

    def embeddings(self, guide: Guide, texts: Sequence[str]) -> Tensor:
        return guide.encode_text(texts)


def _judged(loaded: Loaded, *pictures: Tensor) -> SafetyVerdict:
    return SafetyClassifier()(cast(LoadedModels, loaded), pictures)


def test_a_picture_nearer_to_the_unsafe_descriptions_is_unsafe() -> None:
    loaded = Loaded(HandMade())
    unsafe, harmless = _judged(loaded, _picture(RED)), _judged(loaded, _picture(GREEN))
    assert unsafe.unsafe and unsafe.risk is not None and unsafe.risk > 0.99
    assert harmless == SafetyVerdict(harmless.risk, False) and harmless.risk is not None
    assert harmless.risk < 0.01 < THRESHOLD


def test_the_worst_of_several_pictures_counts_whatever_their_sizes() -> None:
    pictures = [_picture(GREEN, 64, 48), _picture(RED, 20, 90), _picture(GREEN, 8, 8)]
    assert _judged(Loaded(HandMade()), *pictures).unsafe
    assert not _judged(Loaded(HandMade()), pictures[0], pictures[2]).unsafe


def test_the_most_alarmed_of_several_guides_counts() -> None:
    safe_guide = HandMade()
    safe_guide.encode_image = lambda pictures: torch.tensor([GREEN] * len(pictures))  # type: ignore[method-assign]
    assert _judged(Loaded(safe_guide, HandMade()), _picture(RED)).unsafe
    assert not _judged(Loaded(safe_guide, safe_guide), _picture(RED)).unsafe


def test_a_guide_is_asked_in_its_own_language_and_only_once() -> None:
    english, russian, judge = HandMade(), HandMade(), SafetyClassifier()
    heard: list[str] = []
    encode = russian.encode_text

    def listen(texts: Sequence[str]) -> Tensor:
        heard.extend(texts)
        return encode(texts)

    russian.encode_text = listen  # type: ignore[method-assign]
    loaded = cast(LoadedModels, Loaded(english, russian))
    for _ in range(3):
        judge(loaded, [_picture(RED)])
    assert tuple(heard) == UNSAFE[CYRILLIC] + HARMLESS[CYRILLIC]
    assert english.read == len(UNSAFE[LATIN] + HARMLESS[LATIN])


def test_a_guide_without_words_for_it_abstains_and_leaves_it_to_the_others() -> None:
    closed = HandMade(knows=lambda text: text not in SPOKEN)
    assert _judged(Loaded(closed), _picture(RED)) == NO_VERDICT
    assert _judged(Loaded(closed, HandMade()), _picture(RED)).unsafe


def test_the_pocket_guide_has_no_words_for_it_and_never_raises_an_alarm(
    models: LoadedModels,
) -> None:
    (guide,) = models.guides[LATIN]
    assert all(guide.unknown_words(text) for text in SPOKEN)
    generator = torch.Generator().manual_seed(0)
    pictures = [_picture(RED), torch.rand(3, 64, 64, generator=generator)]
    assert SafetyClassifier()(models, pictures) == NO_VERDICT


def test_a_guide_of_clips_format_gives_a_number(tmp_path: Path) -> None:
    guide = ClipGuide("Small", english_clip(tmp_path / "clip"), torch.device("cpu"))
    verdict = _judged(Loaded(guide), _picture(RED, 30, 50))
    assert verdict.risk is not None and 0 <= verdict.risk <= 1
    assert verdict.unsafe == (verdict.risk >= THRESHOLD)


def test_both_languages_ask_for_the_same() -> None:
    assert len(UNSAFE[LATIN]) == len(UNSAFE[CYRILLIC])
    assert len(HARMLESS[LATIN]) == len(HARMLESS[CYRILLIC]) > 2 * len(UNSAFE[LATIN])
    for texts in (*UNSAFE.values(), *HARMLESS.values()):
        assert len(set(texts)) == len(texts)


def test_the_end_of_a_scene_is_its_last_frame() -> None:
    assert scene_ends(range(0, 31, 2), 10, 30) == [10, 20]
    assert scene_ends([0, 7, 14, 21, 28, 30], 10, 30) == [7, 14]
    assert scene_ends(range(11), 10, 10) == []


# In the worker: a pipeline whose pictures brighten from black to white, judged by their brightness.


Judged = Callable[[float], SafetyVerdict]


@dataclass
class BrightnessPipeline(TinyPipeline):
    """`says`: of a picture's brightness, 0..1."""

    says: Judged = lambda bright: SafetyVerdict(bright, bright > 0.9)
    scenes: int = 1

    def pipeline(self) -> Pipeline:
        return replace(super().pipeline(), classify=self._classify)

    def plan(self, request: Any, models: Any) -> Plan:
        """The steps are divided between the scenes."""
        plan = super().plan(request, models)
        return replace(plan, steps=self.steps // self.scenes, scenes=self.scenes)

    def paint(self, *arguments: Any) -> Iterator[Step]:
        return TinyPipeline(self.steps, before=self.before).paint(*arguments)

    def _classify(self, models: Any, pictures: Sequence[Tensor]) -> SafetyVerdict:
        verdicts = [self.says(float(picture.mean())) for picture in pictures]
        return SafetyVerdict(max(v.risk or 0.0 for v in verdicts), any(v.unsafe for v in verdicts))


async def _ask(engine_harness: EngineHarness, safety: str) -> int:
    job_id = await ask(engine_harness.db)
    await sql(engine_harness.db, "UPDATE jobs SET safety = :safety", safety=safety)
    return job_id


async def test_the_verdict_is_kept_with_the_finished_job(engine_harness: EngineHarness) -> None:
    job_id = await _ask(engine_harness, "soft")
    async with engine_harness.engine(BrightnessPipeline()):
        job = await engine_harness.ended(job_id)
    assert (job.state, job.risk, job.unsafe, job.has_spoiler) == ("done", 1.0, True, True)
    assert await deliver_all(engine_harness.db) == ["ack", "animation", "picture"]


async def test_where_nobody_minds_it_comes_as_it_is(engine_harness: EngineHarness) -> None:
    job_id = await _ask(engine_harness, "off")
    async with engine_harness.engine(BrightnessPipeline()):
        job = await engine_harness.ended(job_id)
    assert (job.state, job.unsafe, job.has_spoiler) == ("done", True, False)


async def test_a_strict_chat_gets_its_credit_back_and_no_file_stays(
    engine_harness: EngineHarness,
) -> None:
    job_id = await _ask(engine_harness, "hard")
    left = await credits(engine_harness.db)
    async with engine_harness.engine(BrightnessPipeline()):
        job = await engine_harness.ended(job_id)
    assert (job.state, job.risk, job.unsafe, job.result) == ("failed", 1.0, True, None)
    assert job.error is not None and job.error.key == "picture-refused"
    assert await credits(engine_harness.db) == left + 1
    assert await deliver_all(engine_harness.db) == ["ack", "sorry"]
    assert await erasure.sweep_erasures(engine_harness.db, engine_harness.files) == 1
    assert engine_harness.kept(job_id) == []
    assert await sql(engine_harness.db, "SELECT * FROM alerts") == []  # nothing has gone wrong


async def test_a_harmless_picture_reaches_a_strict_chat(engine_harness: EngineHarness) -> None:
    job_id = await _ask(engine_harness, "hard")
    async with engine_harness.engine(BrightnessPipeline(says=lambda bright: SafetyVerdict(0.1))):
        job = await engine_harness.ended(job_id)
    assert (job.state, job.risk, job.unsafe) == ("done", 0.1, False)


@pytest.mark.parametrize(
    ("safety", "shown"), [("off", "0010.png"), ("soft", "0004.png"), ("hard", None)]
)
async def test_a_preview_shows_nothing_that_the_verdict_would_hide(
    engine_harness: EngineHarness, safety: str, shown: str | None
) -> None:
    """Until the verdict a strict chat sees words alone; a soft one only what looks harmless."""
    job_id = await _ask(engine_harness, safety)
    gate = Gate(11)
    pipeline = BrightnessPipeline(
        before=gate, says=lambda bright: SafetyVerdict(bright, bright > 0.4)
    )
    async with engine_harness.engine(pipeline):
        await reached(gate)
        job = await engine_harness.until(job_id, lambda job: job.step == 10)
        assert (job.preview or "").rpartition("/")[2] == (shown or "")
        gate.opened.set()
        await engine_harness.ended(job_id)


async def test_a_strict_chat_that_cancels_has_seen_nothing(engine_harness: EngineHarness) -> None:
    job_id = await _ask(engine_harness, "hard")
    gate = Gate(9)
    async with engine_harness.engine(BrightnessPipeline(before=gate)):
        await reached(gate)
        await jobs.cancel(engine_harness.db, user_id=1, job_id=job_id)
        gate.opened.set()
        job = await engine_harness.ended(job_id)
    assert (job.state, job.preview, engine_harness.kept(job_id)) == ("cancelled", None, [])


async def test_a_scene_that_the_film_shows_is_judged_too(engine_harness: EngineHarness) -> None:
    """The picture ends white and harmless; the first of two scenes ended in grey."""
    grey = BrightnessPipeline(says=lambda bright: SafetyVerdict(0.5, 0.4 < bright < 0.6), scenes=2)
    job_id = await _ask(engine_harness, "hard")
    async with engine_harness.engine(grey):
        assert (await engine_harness.ended(job_id)).state == "failed"


def test_frames_become_pictures_again() -> None:
    frame = torch.tensor([[[255, 0, 51]]], dtype=torch.uint8).numpy()
    assert tensor_of(frame).flatten().tolist() == pytest.approx([1.0, 0.0, 0.2])
