"""The device is one on which torch really computes, or one sentence says why it is not."""

import logging
from collections.abc import Callable
from functools import partial

import pytest
import torch

from engine.device import choose_device
from engine.errors import EngineError, sentence
from tests.fixtures.gpu import pretend_gpus


@pytest.fixture
def present(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    return partial(pretend_gpus, monkeypatch)


@pytest.mark.parametrize(
    ("kinds", "broken", "chosen"),
    [
        ((), (), "cpu"),
        (("cuda",), (), "cuda"),
        (("mps",), (), "mps"),
        (("cuda", "mps"), (), "cuda"),
        (("cuda",), ("cuda",), "cpu"),
        (("cuda", "mps"), ("cuda",), "mps"),
    ],
)
def test_auto_takes_the_first_gpu_that_computes(
    kinds: tuple[str, ...], broken: tuple[str, ...], chosen: str, present: Callable[..., None]
) -> None:
    present(*kinds, broken=broken)
    assert choose_device("auto").type == chosen


def test_auto_says_which_card_it_leaves_alone_and_why(
    present: Callable[..., None], caplog: pytest.LogCaptureFixture
) -> None:
    present("cuda", broken=("cuda",))
    with caplog.at_level(logging.WARNING):
        choose_device("auto")
    assert "GTX 1080 (sm_61)" in caplog.text and "no kernel image" in caplog.text


def test_torch_itself_asks_nothing_of_a_card_that_is_left_alone(
    present: Callable[..., None],
) -> None:
    present("cuda", broken=("cuda",))
    choose_device("auto")
    assert not torch.cuda.is_available()


def test_a_card_that_torch_was_not_built_for_is_refused_by_its_name(
    present: Callable[..., None],
) -> None:
    present("cuda", broken=("cuda",))
    with pytest.raises(EngineError) as caught:
        choose_device("cuda")
    told = sentence(caught.value, "en")
    assert "GTX 1080 (sm_61)" in told and "MAZOK_DEVICE=cpu" in told and "\n" not in told


@pytest.mark.parametrize("kind", ["cuda", "mps"])
def test_a_gpu_that_is_not_there_is_refused(kind: str, present: Callable[..., None]) -> None:
    present()
    with pytest.raises(EngineError) as caught:
        choose_device(kind)
    assert caught.value.key == "device-missing" and kind in sentence(caught.value, "ru")


def test_the_processor_needs_no_trial(present: Callable[..., None]) -> None:
    present("cuda", "mps", broken=("cuda", "mps", "cpu"))
    assert choose_device("cpu").type == "cpu"


def test_an_unknown_device_is_refused() -> None:
    with pytest.raises(EngineError, match="tpu"):
        choose_device("tpu")
