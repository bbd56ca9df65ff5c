"""Operations that keep little give the numbers, and the gradients, of torch's own."""

from collections.abc import Callable
from dataclasses import replace
from itertools import product

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from engine.kernels import attention
from engine.kernels.activation import quick_gelu
from engine.kernels.attention import attend, attend_chunked
from engine.kernels.convolution import convolve
from engine.kernels.normalisation import normalise
from engine.networks.vqgan import VQGAN, VqganShape

SMALL = VqganShape(
    ch=32, ch_mult=(1, 2), num_res_blocks=1, attn_resolutions=(16,), z_channels=16, embed_dim=8,
    n_embed=32, resolution=32,
)  # fmt: skip
SHAPES = {
    "plain": SMALL,
    "gumbel": replace(SMALL, ch_mult=(1, 1, 2), attn_resolutions=(8, 16), quantiser="gumbel"),
}


@pytest.fixture(autouse=True)
def _seed() -> None:
    torch.manual_seed(0)


def numbers(compute: Callable[..., Tensor], *inputs: Tensor) -> tuple[Tensor, ...]:
    """Return the result, and its gradients by all inputs for a random pull."""
    leaves = [x.detach().clone().requires_grad_() for x in inputs]
    out = compute(*leaves)
    pull = torch.randn(out.shape, generator=torch.Generator().manual_seed(1)).to(out.dtype)
    return out.detach(), *torch.autograd.grad(out, leaves, pull)


def assert_close(found: tuple[Tensor, ...], expected: tuple[Tensor, ...], tolerance: float) -> None:
    for one, other in zip(found, expected, strict=True):
        error = (one.double() - other.double()).norm() / other.double().norm()
        assert error <= tolerance


def kept_bytes(compute: Callable[[Tensor], Tensor], x: Tensor) -> int:
    kept = {}

    def keep(tensor: Tensor) -> Tensor:
        kept[tensor.untyped_storage().data_ptr()] = tensor.untyped_storage().nbytes()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        out = compute(x.requires_grad_())
    assert out.requires_grad
    return sum(kept.values())


@pytest.mark.parametrize(
    ("kernel", "stride", "last"), [*product((1, 3), (1,), (False, True)), (3, 2, True)]
)
def test_a_frozen_convolution(kernel: int, stride: int, last: bool) -> None:
    layer = nn.Conv2d(6, 4, kernel, stride, padding=kernel // 2).requires_grad_(False)
    x = torch.randn(2, 6, 9, 8)
    if last:
        x = x.contiguous(memory_format=torch.channels_last)
    assert_close(numbers(lambda x: convolve(layer, x), x), numbers(layer, x), 1e-6)
    assert kept_bytes(lambda x: convolve(layer, x), x) == 0


@pytest.mark.parametrize(("silu", "last"), [*product((False, True), repeat=2)])
def test_a_frozen_normalisation(silu: bool, last: bool) -> None:
    norm = nn.GroupNorm(4, 12, eps=1e-6).requires_grad_(False)
    norm.weight.normal_()
    norm.bias.normal_()
    x = torch.randn(2, 12, 9, 8) * 3 + 1
    if last:
        x = x.contiguous(memory_format=torch.channels_last)

    def plain(x: Tensor) -> Tensor:
        return F.silu(norm(x)) if silu else norm(x)

    assert_close(numbers(lambda x: normalise(norm, x, silu=silu), x), numbers(plain, x), 1e-6)
    small = 2 * 2 * 4 * 4  # mean and deviation of four groups in two pictures
    assert kept_bytes(lambda x: normalise(norm, x, silu=silu), x) == x.nbytes + small


@pytest.mark.parametrize(("silu", "last"), [*product((False, True), repeat=2)])
def test_a_frozen_batch_normalisation(silu: bool, last: bool) -> None:
    norm = nn.BatchNorm2d(12).requires_grad_(False).eval()
    for learned in (norm.weight, norm.bias, norm.running_mean):
        assert learned is not None
        learned.normal_()
    x = torch.randn(2, 12, 9, 8) * 3 + 1
    if last:
        x = x.contiguous(memory_format=torch.channels_last)

    def plain(x: Tensor) -> Tensor:
        return F.silu(norm(x)) if silu else norm(x)

    assert_close(numbers(lambda x: normalise(norm, x, silu=silu), x), numbers(plain, x), 1e-6)
    assert kept_bytes(lambda x: normalise(norm, x, silu=silu), x) == (x.nbytes if silu else 0)
    with torch.no_grad():
        torch.testing.assert_close(normalise(norm, x, silu=silu), plain(x))


def test_a_normalisation_in_bfloat16_is_as_exact_as_its_type() -> None:
    norm = nn.GroupNorm(4, 64).requires_grad_(False)
    x = torch.randn(1, 64, 16, 16).contiguous(memory_format=torch.channels_last)
    expected = numbers(lambda x: F.silu(norm(x)), x)
    half = nn.GroupNorm(4, 64).requires_grad_(False).bfloat16()
    found = numbers(lambda x: normalise(half, x, silu=True), x.bfloat16())
    assert_close(found, expected, 0.01)


def test_attention_by_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attention, "PAIRS", 2 * 40 * 7)  # six chunks, the last a shorter one
    inputs = [torch.randn(2, 40, 16) for _ in range(3)]

    def plain(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
        return (query @ key.mT * 16**-0.5).softmax(-1) @ value

    assert_close(numbers(attend_chunked, *inputs), numbers(plain, *inputs), 1e-6)


@pytest.mark.parametrize("tokens", [10, attention.FEW + 1])
def test_attention_of_heads(tokens: int) -> None:
    inputs = [torch.randn(2, 3, tokens, 8) for _ in range(3)]
    expected = numbers(F.scaled_dot_product_attention, *inputs)
    assert_close(numbers(attend, *inputs), expected, 2e-6)


def test_quick_gelu_keeps_its_input_alone() -> None:
    x = torch.randn(100) * 3
    assert_close(numbers(quick_gelu, x), numbers(lambda x: x * torch.sigmoid(1.702 * x), x), 1e-6)
    assert kept_bytes(quick_gelu, x) == x.nbytes


@pytest.mark.parametrize("name", SHAPES)
def test_a_frozen_decoder_is_exact_and_keeps_a_quarter(name: str) -> None:
    trained = VQGAN(SHAPES[name]).eval()
    frozen = VQGAN(SHAPES[name]).eval().requires_grad_(False)
    frozen.load_state_dict(trained.state_dict())
    frozen.to(memory_format=torch.channels_last)
    latent = torch.randn(1, 8, 6, 4)
    assert_close(numbers(frozen.decode, latent), numbers(trained.decode, latent), 1e-4)
    assert kept_bytes(frozen.decode, latent) < kept_bytes(trained.decode, latent) / 2
    usual = numbers(frozen.decode, latent)
    usual_bytes = kept_bytes(frozen.decode, latent)
    assert frozen.keep_little(True) is False
    assert_close(numbers(frozen.decode, latent), usual, 1e-6)
    assert kept_bytes(frozen.decode, latent) < usual_bytes * 0.8
    frozen.keep_little(True, on_host=True)
    assert_close(numbers(frozen.decode, latent), usual, 1e-6)
    assert frozen.keep_little(False) is True
    picture = torch.rand(1, 3, 32, 16)
    torch.testing.assert_close(frozen.encode(picture), trained.encode(picture))
