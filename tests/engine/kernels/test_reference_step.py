"""The painter computes what the notebooks compute: picture, loss and gradient at equal inputs."""

import torch
from torch.nn import functional as F

from benchmarks.painting.reference_step import MEAN, STD, Reference, ReferenceStep, stock
from engine.guides.vision_transformer import VisionShape, VisionTransformer
from engine.networks.vqgan import VQGAN
from engine.painting.optimisation.losses import EmbeddingTarget, clamp_with_grad
from tests.engine.kernels.test_exactness import SMALL


def test_a_step_is_the_reference_step() -> None:
    torch.manual_seed(0)
    vqgan = VQGAN(SMALL).eval().requires_grad_(False).to(memory_format=torch.channels_last)
    original = VQGAN(SMALL)
    original.load_state_dict(vqgan.state_dict())
    tower = VisionTransformer(VisionShape(32, 8, 64, 2, 16)).requires_grad_(False)
    for value in tower.parameters():
        torch.nn.init.normal_(value, std=0.1)
    latent = vqgan.lookup(torch.randint(32, (1, 4, 4)))
    target = F.normalize(torch.randn(1, 16), dim=1)
    guide = Reference(tower, target, 32)
    reference = ReferenceStep(stock(original), [guide], latent, 8)

    theirs = reference.picture()
    cutouts = reference.cut(theirs, guide.side)
    loss = reference.loss(cutouts, guide)
    pull = torch.randn(theirs.shape)
    (gradient,) = torch.autograd.grad(theirs, reference.latent, pull, retain_graph=True)

    own_latent = latent.clone().requires_grad_()
    ours = clamp_with_grad(vqgan.decode(vqgan.quantise(own_latent)))
    (own_gradient,) = torch.autograd.grad(ours, own_latent, pull)
    assert torch.allclose(ours, theirs, atol=1e-4)
    assert (own_gradient - gradient).norm() <= 1e-4 * gradient.norm()

    mean, std = (torch.tensor(value).view(1, 3, 1, 1) for value in (MEAN, STD))
    vectors = F.normalize(tower((cutouts.detach() - mean) / std), dim=-1)
    own_loss = EmbeddingTarget(target, [1.0], [-torch.inf])(vectors).mean()
    assert abs(own_loss.item() - loss.item()) < 1e-6


def test_the_reference_makes_steps() -> None:
    torch.manual_seed(0)
    vqgan = stock(VQGAN(SMALL))
    latent = vqgan.lookup(torch.randint(32, (1, 4, 4))).detach()
    target = F.normalize(torch.randn(1, 3), dim=1)
    guides = [Reference(lambda x: x.mean((2, 3)), target, side) for side in (16, 24)]
    step = ReferenceStep(vqgan, guides, latent, 4)
    losses = [step.step() for _ in range(8)]
    assert all(0 < loss < 5 for loss in losses) and not torch.equal(step.latent, latent)
