"""Memory of the host, beside a GPU that has too little of its own."""

from dataclasses import replace

import pytest
import torch

from engine import hardware
from engine.errors import EngineError
from engine.models import LoadedModels
from engine.painting import memory_budget
from engine.painting.painter import paint
from engine.painting.plan import plan_for
from tests.fixtures.painting import asked, last

pytestmark = pytest.mark.thorough

GB = 10**9


def test_on_a_gpu_the_host_keeps_what_nothing_else_makes_room_for(
    models: LoadedModels, monkeypatch: pytest.MonkeyPatch
) -> None:
    request, guides = asked(size=(1024, 1024)), models.guides["latin"]
    twice = memory_budget.thrifty(plan_for(request, models))
    hosted = replace(twice, offload=True)
    enough = memory_budget.peak_bytes(models.vqgan, guides, hosted) / memory_budget.SHARE + 1
    assert enough < memory_budget.peak_bytes(models.vqgan, guides, twice)
    monkeypatch.setattr(hardware, "free_memory", lambda device: int(enough))
    monkeypatch.setattr(memory_budget, "_host_memory", lambda: 100 * GB)
    with pytest.raises(EngineError):  # a processor has no other memory
        memory_budget.fit_to_memory(models, request)
    monkeypatch.setattr(memory_budget, "HOSTED", ("cpu",))
    assert memory_budget.fit_to_memory(models, request) == hosted
    size = memory_budget.largest_size(models, request)
    assert size is not None and min(size) > 1000
    monkeypatch.setattr(memory_budget, "_host_memory", lambda: GB // 100)
    with pytest.raises(EngineError):
        memory_budget.fit_to_memory(models, request)


def test_what_the_host_keeps_changes_no_picture(models: LoadedModels) -> None:
    request = asked()
    usual, hosted = (
        last(paint(request, models, plan=replace(plan_for(request, models), offload=offload)))
        for offload in (False, True)
    )
    assert torch.equal(usual.image, hosted.image)
