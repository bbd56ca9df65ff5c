"""The image encoder gives open_clip's numbers and gradients, with less kept for the gradient."""

import open_clip
import pytest
import torch
from torch import Tensor

from engine.guides.vision_transformer import VisionShape, VisionTransformer

VISION = {"image_size": 40, "layers": 3, "width": 128, "patch_size": 8, "mlp_ratio": 3.0}
TEXTS = {"context_length": 8, "vocab_size": 32, "width": 64, "heads": 1, "layers": 1}


def encoders(quick: bool, size: int) -> tuple[torch.nn.Module, VisionTransformer]:
    torch.manual_seed(0)
    vision = VISION | {"image_size": size}
    theirs = open_clip.CLIP(32, vision, TEXTS, quick_gelu=quick).visual
    shape = VisionShape.of({"embed_dim": 32, "vision_cfg": vision, "quick_gelu": quick})
    assert shape is not None
    ours = VisionTransformer(shape)
    ours.load_state_dict(theirs.state_dict())
    return theirs.eval().requires_grad_(False), ours.eval().requires_grad_(False)


def numbers(encoder: torch.nn.Module, pictures: Tensor) -> tuple[Tensor, Tensor, int]:
    """Return the vectors, the gradient by the pictures, and the bytes kept for it."""
    leaf, kept = pictures.clone().requires_grad_(), {}

    def keep(tensor: Tensor) -> Tensor:
        kept[tensor.untyped_storage().data_ptr()] = tensor.untyped_storage().nbytes()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        vectors = encoder(leaf)
    pull = torch.linspace(-1, 1, vectors.numel()).view_as(vectors).to(vectors.dtype)
    (gradient,) = torch.autograd.grad(vectors, leaf, pull)
    return vectors.detach(), gradient, sum(kept.values())


def error(found: Tensor, expected: Tensor) -> float:
    return float((found - expected).norm() / expected.norm())


@pytest.mark.parametrize(("quick", "size"), [(True, 40), (False, 40), (True, 43), (True, 80)])
def test_vectors_and_gradients_are_those_of_open_clip(quick: bool, size: int) -> None:
    theirs, ours = encoders(quick, size)
    pictures = torch.randn(2, 3, size, size)
    vectors, gradient, kept = numbers(theirs, pictures)
    own_vectors, own_gradient, own_kept = numbers(ours, pictures)
    assert error(own_vectors, vectors) <= 2e-6
    assert error(own_gradient, gradient) <= 2e-6
    assert own_kept < kept


def test_bfloat16_weights_take_pictures_in_float32() -> None:
    _, ours = encoders(quick=True, size=40)
    pictures = torch.randn(2, 3, 40, 40)
    vectors, gradient, _ = numbers(ours, pictures)
    own_vectors, own_gradient, _ = numbers(ours.bfloat16(), pictures)
    assert own_gradient.dtype == torch.float32
    assert error(own_vectors.float(), vectors) < 0.03
    assert error(own_gradient, gradient) < 0.05


def test_other_encoders_are_left_to_open_clip() -> None:
    for other in ({"layers": (1, 1, 1, 1)}, {"ls_init_value": 0.1}, {"timm_model_name": "x"}):
        assert VisionShape.of({"embed_dim": 32, "vision_cfg": VISION | other}) is None
