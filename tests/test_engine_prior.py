"""The prior writes codes from words, and the guide chooses among its drafts."""

import pytest
import torch
from torch import Tensor

from engine.errors import EngineError
from engine.models import Models
from engine.prior import Prior
from engine.start import begin
from store.prompt import parse_prompt
from store.request import DrawRequest

pytestmark = pytest.mark.thorough


@pytest.fixture
def tiny() -> Prior:
    torch.manual_seed(3)
    prior = Prior(codes=11, cells=3, condition=5, width=64, layers=2)
    torch.nn.init.normal_(prior.head.weight, std=0.5)
    return prior.eval()


def chance(seed: int = 4) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_code_by_code_is_the_same_as_all_at_once(tiny: Prior) -> None:
    words = torch.randn(1, 5, generator=chance())
    codes = tiny.sample(words, torch.ones(1), 4, chance(), strength=1).flatten(1)
    again, written = chance(), torch.zeros(4, 9, dtype=torch.long)
    for place in range(9):
        logits = tiny(written, words.expand(4, -1))[:, place]
        written[:, place] = torch.multinomial(logits.softmax(1), 1, generator=again).squeeze(1)
    assert torch.equal(codes, written)


def test_a_code_never_depends_on_a_later_one(tiny: Prior) -> None:
    words, codes = torch.randn(1, 5, generator=chance()), torch.zeros(1, 9, dtype=torch.long)
    other = codes.clone()
    other[0, 5:] = 7
    before, after = tiny(codes, words), tiny(other, words)
    assert torch.equal(before[:, :6], after[:, :6]) and not torch.equal(before, after)


def test_a_checkpoint_tells_its_own_shape(tiny: Prior) -> None:
    words, codes = torch.randn(1, 5, generator=chance()), torch.zeros(1, 9, dtype=torch.long)
    assert torch.equal(Prior.of(tiny.state_dict())(codes, words), tiny(codes, words))


@pytest.fixture(autouse=True)
def _few_drafts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.models.DRAFTS", 16)


def drafted(models: Models, prompt: str) -> Tensor:
    """All drafts as pictures [n, 3, 64, 64]."""
    drafts = models.drafts(parse_prompt(prompt))
    assert drafts
    return models.vqgan.decode(models.vqgan.lookup(drafts(chance()))).clamp(0, 1)


def redness(pictures: Tensor) -> float:
    return float((pictures[:, 0] - pictures[:, 1:].mean(1)).mean())


@pytest.mark.parametrize(
    ("named", "unnamed"),
    [("red", "blue"), pytest.param("красный", "синий", marks=pytest.mark.long)],
)
def test_weights_and_their_signs_are_obeyed(models: Models, named: str, unnamed: str) -> None:
    wanted = redness(drafted(models, f"{named} square"))
    mixed = redness(drafted(models, f"{named} square | {unnamed} square"))
    unwanted = redness(drafted(models, f"square | {named} square:-1"))
    assert wanted > mixed + 0.05 and wanted > unwanted + 0.08


def test_the_guide_chooses_the_draft(models: Models) -> None:
    drafts = models.drafts(parse_prompt("star"))
    assert drafts
    codes = drafts(chance())
    for best in (0, len(codes) - 1):
        order = torch.arange(len(codes)).roll(best).float()  # the least is at `best`
        how = ("prior", models.vqgan, (64, 64), lambda _, order=order: order)
        latent = begin(*how, chance(), drafts=lambda _: codes)
        assert torch.equal(latent, models.vqgan.lookup(codes[best : best + 1]))


def test_a_draft_stands_in_the_middle_of_a_wide_picture(models: Models) -> None:
    drafts = models.drafts(parse_prompt("red circle on a blue background"))
    score = lambda pictures: torch.arange(len(pictures)).float()  # noqa: E731
    latent = begin("prior", models.vqgan, (64, 128), score, chance(), drafts=drafts)
    picture = models.vqgan.decode(latent).clamp(0, 1)
    assert picture.shape[2:] == (64, 128)
    assert redness(picture[..., 52:76]) > redness(picture[..., :20]) + 0.3


def test_without_a_prior_its_start_is_refused_and_another_is_usual(models: Models) -> None:
    without = Models(models.vqgan, models.entry, models.guides)
    assert without.plan(DrawRequest("cat")).init_noise == "sketch"
    with pytest.raises(EngineError, match="prior"):
        without.plan(DrawRequest("cat", init_noise="prior"))
    assert models.plan(DrawRequest("cat", init_noise="flat")).init_noise == "flat"
