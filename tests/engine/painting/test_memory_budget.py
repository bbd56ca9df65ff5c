"""Memory: what fits, and what happens when it runs out all the same."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from engine import __main__ as program
from engine import hardware
from engine.errors import EngineError, sentence
from engine.models import LoadedModels
from engine.painting import cutouts, memory_budget
from engine.painting.batch import evaluation
from engine.painting.painter import paint
from engine.painting.plan import plan_for
from engine.pipeline import Pipeline, open_pipeline
from store.faults import is_out_of_memory
from store.model import Notice
from store.request.request import DrawRequest
from store.texts import LANGUAGES
from tests.fixtures.engine import QUICK, EngineHarness
from tests.fixtures.store import ask, credits, sql

pytestmark = pytest.mark.thorough

GB = 10**9


def asked(**fields: object) -> DrawRequest:
    values: dict[str, object] = {"seed": 1, "steps": 2, "cutouts": 6, "size": (64, 64)}
    return DrawRequest("cat", **{**values, "init_noise": "flat", **fields})  # type: ignore[arg-type]


def with_free(monkeypatch: pytest.MonkeyPatch, free: float | None) -> None:
    left = None if free is None else int(free)
    monkeypatch.setattr(hardware, "free_memory", lambda device: left)


def test_elsewhere_nobody_knows_and_everything_is_allowed(
    models: LoadedModels, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_free(monkeypatch, None)
    assert memory_budget.fit_to_memory(models, asked(size=(2048, 2048))).width == 2048


def test_a_larger_picture_more_views_and_larger_chunks_need_more(models: LoadedModels) -> None:
    guides = models.guides["latin"]
    plan = plan_for(asked(cutouts=64, finish="none"), models)

    def need(**changes: Any) -> float:
        return memory_budget.peak_bytes(models.vqgan, guides, replace(plan, **changes))

    assert need() < need(width=128) < need(width=128, height=128) < need(width=512, height=512)
    assert need(chunk=4) < need(chunk=32) < need(chunk=64) == need(chunk=65)
    assert need(cutouts=128) > need()
    large = need(width=1024, height=1024) - memory_budget.BASE
    middle = need(width=512, height=512) - memory_budget.BASE
    assert 3 < large / middle < 4  # four times the area, with as many views


def test_the_bytes_of_a_picture_are_those_that_autograd_keeps(models: LoadedModels) -> None:
    """The sum from three small pictures, against a larger one."""
    kept: dict[int, int] = {}

    def keep(tensor: Tensor) -> Tensor:
        kept[tensor.untyped_storage().data_ptr()] = tensor.untyped_storage().nbytes()
        return tensor

    models.vqgan.keep_little(False)  # as the last painting may have left it
    latent = torch.zeros(1, models.vqgan.shape.embed_dim, 24, 16, requires_grad=True)
    with torch.autograd.graph.saved_tensors_hooks(keep, lambda one: one):
        decoded = models.vqgan.decode(models.vqgan.quantise(latent))
    weights = {p.untyped_storage().data_ptr() for p in models.vqgan.state_dict().values()}
    sizes = [size for place, size in kept.items() if place not in weights]
    real = sum(sizes) + memory_budget.LARGEST * max(sizes)
    area = decoded.shape[2] * decoded.shape[3]
    plan = replace(plan_for(asked(), models), width=area, height=1)
    told = memory_budget.peak_bytes(models.vqgan, [], plan) - memory_budget.BASE
    assert told == pytest.approx(real, rel=0.03)


def test_too_large_names_the_largest_size_of_the_same_shape(
    models: LoadedModels, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_free(monkeypatch, 0.6 * GB)
    with pytest.raises(EngineError) as refused:
        memory_budget.fit_to_memory(models, asked(size=(1536, 1024)))
    assert refused.value.key == "memory-short"
    values = refused.value.values
    width, height = values["most_width"], values["most_height"]
    assert isinstance(width, int) and isinstance(height, int)
    assert width % 8 == height % 8 == 0 and 256 < width < 1536
    assert width / height == pytest.approx(1.5, abs=0.05)
    for language in LANGUAGES:
        assert f"{width}×{height}" in sentence(refused.value, language)
    assert memory_budget.fit_to_memory(models, asked(size=(width, height))).width == width
    with pytest.raises(EngineError):
        memory_budget.fit_to_memory(models, asked(size=(width + 24, height + 16)))
    assert refused.value.notice.values["width"] == 1536  # a job can carry it


def test_an_engine_knows_the_largest_size_that_it_can_paint(
    models: LoadedModels, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = asked(size=None)
    with_free(monkeypatch, 0.6 * GB)
    largest = memory_budget.largest_size(models, usual)
    assert largest is not None and 256 < largest[0] == largest[1] < 2048
    assert memory_budget.fit_to_memory(models, asked(size=largest)).width == largest[0]
    wide = memory_budget.largest_size(models, asked(size=None, shape="wide"))
    assert wide is not None and wide[0] / wide[1] == pytest.approx(16 / 9, abs=0.1)
    with_free(monkeypatch, None)
    assert memory_budget.largest_size(models, usual) == (2048, 2048)  # no request may be larger
    with_free(monkeypatch, 1e6)
    assert memory_budget.largest_size(models, usual) is None


def test_where_nothing_fits_no_size_is_named(
    models: LoadedModels, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_free(monkeypatch, 1e6)
    with pytest.raises(EngineError) as refused:
        memory_budget.fit_to_memory(models, asked())
    assert refused.value.key == "memory-none"


def test_where_memory_is_short_views_come_in_turn_and_then_blocks_are_computed_twice(
    models: LoadedModels, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = asked(cutouts=64, size=(256, 256))
    guides = models.guides["latin"]
    plan = plan_for(request, models)
    in_turn = replace(plan, chunk=memory_budget.FEWER_CUTOUTS)
    plans = [replace(in_turn, recompute=True), in_turn, plan]
    needs = [memory_budget.peak_bytes(models.vqgan, guides, one) for one in plans]
    assert needs == sorted(needs)
    for chosen, need in zip(plans, needs, strict=True):
        with_free(monkeypatch, need / memory_budget.SHARE + 1)
        assert memory_budget.fit_to_memory(models, request) == chosen


@pytest.mark.parametrize(
    ("error", "out"),
    [
        (MemoryError(), True),
        (torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB"), True),
        (RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to"), True),
        (RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling"), True),
        (RuntimeError("The size of tensor a (3) must match"), False),
        (OSError("can't allocate memory"), False),
    ],
)
def test_the_lack_of_memory_is_told_from_other_errors(error: Exception, out: bool) -> None:
    assert is_out_of_memory(error) is out


@dataclass
class Stingy:
    """A VQGAN's decoder that runs out of memory at some of its calls."""

    decode: Callable[[Tensor], Tensor]
    fails: Callable[[int], bool]
    calls: int = 0

    def __call__(self, codes: Tensor) -> Tensor:
        self.calls += 1
        if self.fails(self.calls):
            raise RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory")
        return self.decode(codes)


def test_memory_that_runs_out_once_costs_nothing(
    models: LoadedModels, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    whole = list(paint(asked(), models))
    monkeypatch.setattr(models.vqgan, "decode", Stingy(models.vqgan.decode, lambda n: n == 2))
    chunks: list[int] = []

    def counted(picture: Tensor, views: cutouts.Cutouts) -> Tensor:
        chunks.append(len(views.shrink))
        return cutouts.apply_cutouts(picture, views)

    monkeypatch.setattr(evaluation, "apply_cutouts", counted)
    again = list(paint(asked(), models))
    assert [step.number for step in again] == [0, 1, 2]
    assert chunks == [6, 4, 2, 4, 2]  # from the second step on
    for one, other in zip(whole, again, strict=True):
        assert torch.allclose(one.image, other.image, atol=1e-4)
    assert "memory ran out" in caplog.text


def test_the_second_try_sees_the_same_cutouts(
    models: LoadedModels, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Memory runs out after the cutouts are sampled, when the random generator has moved on."""
    seen: list[Tensor] = []

    def recording(fails: Callable[[int], bool]) -> list[Tensor]:
        def apply(picture: Tensor, sampled: cutouts.Cutouts) -> Tensor:
            seen.append(sampled.homography)
            if fails(len(seen)):
                raise RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory")
            return cutouts.apply_cutouts(picture, sampled)

        seen.clear()
        monkeypatch.setattr(evaluation, "apply_cutouts", apply)
        list(paint(asked(steps=2), models))
        return list(seen)

    undisturbed = recording(lambda call: False)
    retried = recording(lambda call: call == 2)
    assert [len(batch) for batch in retried] == [6, 6, 4, 2, 4, 2]
    assert torch.equal(torch.cat(retried[2:4]), undisturbed[1])
    assert torch.equal(torch.cat(retried[4:]), undisturbed[2])  # and so does every later step


def test_memory_that_runs_out_again_is_one_try_and_one_sentence(
    models: LoadedModels, monkeypatch: pytest.MonkeyPatch
) -> None:
    stingy = Stingy(models.vqgan.decode, lambda n: True)
    monkeypatch.setattr(models.vqgan, "decode", stingy)
    with pytest.raises(EngineError) as refused, memory_budget.memory_errors():
        list(paint(asked(), models))
    assert refused.value.key == "memory-out" and stingy.calls == 2
    for language in LANGUAGES:
        assert sentence(refused.value, language)


def test_other_errors_are_not_tried_again(
    models: LoadedModels, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(codes: Tensor) -> Tensor:
        raise RuntimeError("boom")

    monkeypatch.setattr(models.vqgan, "decode", broken)
    with pytest.raises(RuntimeError, match="boom"), memory_budget.memory_errors():
        list(paint(asked(), models))


async def test_a_job_without_memory_fails_with_its_refund_and_the_next_one_runs(
    engine_harness: EngineHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    pipeline = open_pipeline(engine_harness.settings)
    vqgan = pipeline.load(DrawRequest("-", vqgan="pocket", clip="pocket", ruclip="pocket")).vqgan
    stingy = Stingy(vqgan.decode, lambda n: n <= 2)
    first, second, third = [await ask(engine_harness.db) for _ in range(3)]
    for number, side in ((first, 64), (second, 64), (third, 1024)):
        await sql(
            engine_harness.db,
            "UPDATE jobs SET request = :request WHERE id = :id",
            request=asked(steps=1, size=(side, side)).to_json(),
            id=number,
        )
    before = await credits(engine_harness.db)
    # At the start, for the first job, the check of the engine after it, and the other jobs.
    free: list[int | None] = [None, None, None, None, 300_000_000]
    monkeypatch.setattr(hardware, "free_memory", lambda device: free.pop(0))
    monkeypatch.setattr(memory_budget, "keep_freed", lambda *_: None)  # it would ask as well
    monkeypatch.setattr(vqgan, "decode", stingy)
    async with engine_harness.engine(_Ready(pipeline), QUICK):  # type: ignore[arg-type]
        jobs = [await engine_harness.ended(number) for number in (first, second, third)]
    assert [job.state for job in jobs] == ["failed", "done", "failed"]
    assert jobs[0].error == Notice("memory-out") and jobs[0].attempt == 1
    assert jobs[2].error is not None and jobs[2].error.key == "memory-short"
    assert await credits(engine_harness.db) == before + 2


@dataclass
class _Ready:
    """Hands out a pipeline that has been made before."""

    made: Pipeline

    def pipeline(self) -> Pipeline:
        return self.made


def test_the_command_line_says_it_before_it_paints(
    models: LoadedModels,
    at_home: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    with_free(monkeypatch, 0.5 * GB)
    monkeypatch.setenv("LC_ALL", "ru_RU.UTF-8")
    code = program.main(["draw", "кот", "--out", "cat.png", "--size", "2048x2048"])
    line = capsys.readouterr().err
    assert code == 2 and "Для картины 2048×2048 нужно около" in line and "0,5 ГБ" in line
    assert len(line.splitlines()) == 1 and list(at_home.iterdir()) == []
