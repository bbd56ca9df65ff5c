"""The guides' answers: names of pictures, and a search among them, by the packaged guide."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from engine.answers.answering import Answering
from engine.answers.names import Namer
from engine.answers.search import guide_for, ranked
from engine.guides.guide import packed
from engine.images.output import pixels, png
from engine.models import LoadedModels
from engine.painting.painter import paint
from store import jobs
from store.questions import questions, vectors
from store.questions.questions import Question
from store.reader.scripts import CYRILLIC, LATIN
from store.request.request import DrawRequest
from tests.fixtures.engine import EngineHarness, Gate, TinyPipeline, reached
from tests.fixtures.store import RESULT, ask, sql

PROMPTS = {
    "cat": "рыжий кот на синем фоне",
    "car": "a red car",
    "fir": "ёлка",
    "rocket": "ракета",
    "penguin": "пингвин",
}


@pytest.fixture(scope="module")
def pictures(models: LoadedModels) -> dict[str, Tensor]:
    """Return drafts, by the key of what they show."""
    return {key: _draft(prompt, models) for key, prompt in PROMPTS.items()}


def _draft(prompt: str, models: LoadedModels) -> Tensor:
    request = DrawRequest(prompt, seed=3, steps=0, drafts=1, size=(256, 256))
    *_, step = paint(request, models)
    return step.image


def test_pictures_are_named_as_they_were_asked_for(
    models: LoadedModels, pictures: dict[str, Tensor], tmp_path: Path
) -> None:
    name = Namer(tmp_path)
    for key, picture in pictures.items():
        named = name(models.guides, picture, "ru")
        assert len(named) == 5
        assert key in [one for one, _ in named[:2]], (key, named)
        shares = [share for _, share in named]
        assert shares == sorted(shares, reverse=True) and 0 < sum(shares) <= 1.001
    assert not list(tmp_path.iterdir())  # such vectors are quick to make


@pytest.mark.parametrize("sides", [(64, 64, 0, 0), (0, 0, 64, 64)])
def test_wide_and_tall_pictures_are_named_as_well(
    models: LoadedModels, pictures: dict[str, Tensor], tmp_path: Path, sides: tuple[int, ...]
) -> None:
    name = Namer(tmp_path)
    for key in ("cat", "fir", "rocket", "penguin"):
        ground = pictures[key][None]
        named = name(models.guides, F.pad(ground, sides, mode="replicate")[0], "ru")
        assert key in [one for one, _ in named[:2]], (key, named)


def test_pictures_are_found_in_either_language(
    models: LoadedModels, pictures: dict[str, Tensor]
) -> None:
    stored = [
        (number, packed(models.guides, [picture])["pocket"])
        for number, picture in enumerate(pictures.values())
    ]
    assert all(len(vector) == 2 * 192 for _, vector in stored)
    for words, first in (("cat on blue", 0), ("кот", 0), ("машина", 1), ("rocket in space", 3)):
        guide = guide_for(models.guides, words)
        assert guide is not None
        assert ranked(guide, words, stored)[0] == first, words
    assert guide_for(models.guides, "квантовая хромодинамика") is None
    guide = guide_for(models.guides, "банан")
    assert guide is not None and ranked(guide, "банан", stored) == []
    assert ranked(guide, "кот", []) == []


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("птица", ["penguin"]),
        ("birds", ["penguin"]),
        ("животные", ["cat", "penguin"]),
        ("a pet", ["cat"]),
        ("растение", ["fir"]),
        ("техника", ["car", "rocket"]),
        ("ginger animal on blue", ["cat"]),
        ("фрукты", []),
    ],
)
def test_80_a_category_is_found_by_its_members(
    models: LoadedModels, pictures: dict[str, Tensor], words: str, found: list[str]
) -> None:
    stored = [
        (number, packed(models.guides, [picture])["pocket"])
        for number, picture in enumerate(pictures.values())
    ]
    guide = guide_for(models.guides, words)
    assert guide is not None
    assert sorted(list(pictures)[at] for at in ranked(guide, words, stored)) == found


class OpenGuide:
    """A guide that knows any words: the vector of a text is that of its first letter."""

    repertoire = None
    side = 8

    def __init__(self, name: str) -> None:
        self.name = name
        self.encoded = 0

    def encode_text(self, texts: Sequence[str]) -> Tensor:
        self.encoded += len(texts)
        return torch.stack([_vector(ord(text[0]) % 32) for text in texts])

    def encode_image(self, pictures: Tensor) -> Tensor:
        return torch.stack([_vector(round(float(one.mean() * 31))) for one in pictures])

    def baseline(self) -> None:
        return None


def _vector(place: int) -> Tensor:
    return torch.eye(32)[place]


def test_a_large_guides_names_are_encoded_once_and_kept_on_the_disk(tmp_path: Path) -> None:
    picture = torch.full((3, 8, 8), (ord("f") % 32) / 31)
    guide: Any = OpenGuide("clip")
    guides: Any = {LATIN: (guide,), CYRILLIC: (guide,)}
    named = Namer(tmp_path)(guides, picture, "en")
    assert all(key.startswith("f") for key, _ in named)
    (kept,) = (tmp_path / ".names").iterdir()
    assert np.load(kept).shape[1] == 32
    again: Any = OpenGuide("clip")
    assert Namer(tmp_path)({LATIN: (again,), CYRILLIC: ()}, picture, "en") == named
    assert again.encoded == 1
    kept.write_bytes(b"damaged")
    assert Namer(tmp_path)({LATIN: (again,), CYRILLIC: ()}, picture, "en") == named


def test_a_folder_that_cannot_be_written_to_costs_time_alone(tmp_path: Path) -> None:
    (tmp_path / ".names").write_text("a file")
    guide: Any = OpenGuide("clip")
    assert len(Namer(tmp_path)({LATIN: (guide,), CYRILLIC: ()}, torch.zeros(3, 8, 8), "ru")) == 5


async def test_an_engine_answers_from_the_store(
    engine_harness: EngineHarness, models: LoadedModels, pictures: dict[str, Tensor]
) -> None:
    db, files = engine_harness.db, engine_harness.files
    pipeline = TinyPipeline().pipeline()
    pipeline = replace(pipeline, guides=lambda: models.guides)
    answering = Answering(db, files, pipeline, engine_harness.settings)
    files.write("jobs/1/picture.png", png(pixels(pictures["cat"])))
    for picture in pictures.values():
        await ask(db, user=100)
        job = await jobs.claim(db, "e")
        assert job is not None and job.token is not None
        await jobs.finish(db, job.id, job.token, RESULT, [])
        await vectors.record_vectors(db, job.id, packed(models.guides, [picture]))
    await sql(db, "UPDATE jobs SET prompt = CASE id WHEN 3 THEN 'what a cat' ELSE 'pic' END")

    async def answer_to(question: Question) -> Any:
        question_id = await questions.ask(db, question, 10)
        assert question_id is not None and await answering.answer_next()
        answer = await questions.read_answer(db, question_id)
        assert answer is not None
        return answer.given

    named = await answer_to(Question("names", 100, "ru", image="jobs/1/picture.png"))
    assert named[0][0] == "cat"
    assert await answer_to(Question("names", 100, "ru", image="jobs/1/gone.png")) is None
    assert await answer_to(Question("search", 100, "en", "cat")) == [3, 1]
    assert await answer_to(Question("search", 100, "ru", "кот")) == [1]
    assert await answer_to(Question("search", 100, "ru", "птица")) == [5]
    assert await answer_to(Question("search", 100, "en", "bird")) == [5]
    assert await answer_to(Question("search", 100, "ru", "абракадабра")) == []
    assert not await answering.answer_next()


async def test_a_question_is_answered_while_a_picture_is_painted(
    engine_harness: EngineHarness,
) -> None:
    job_id = await ask(engine_harness.db, user=100)
    gate = Gate(3)
    async with engine_harness.engine(TinyPipeline(before=gate)):
        await reached(gate)
        question_id = await questions.ask(
            engine_harness.db, Question("search", 100, "ru", "кот"), 20
        )
        assert question_id is not None
        async with asyncio.timeout(20):
            while (answer := await questions.read_answer(engine_harness.db, question_id)) is None:
                await asyncio.sleep(0.02)
        assert answer.given == []
        gate.opened.set()
        assert (await engine_harness.ended(job_id)).state == "done"
