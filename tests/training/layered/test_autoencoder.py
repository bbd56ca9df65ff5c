"""The phases of the autoencoder's training, and its critic."""

from itertools import pairwise

import torch

from training.adversarial.critic import PatchCritic, critic_weight
from training.layered.autoencoder import SIDE, phase


def test_phases_go_from_small_squares_to_whole_pictures() -> None:
    phases = [phase(done / 100) for done in range(101)]
    assert [phases[0].side, phases[60].side, phases[100].side] == [64, 128, SIDE]
    assert all(a.side <= b.side and a.quantised <= b.quantised for a, b in pairwise(phases))
    assert (phases[0].quantised, phases[100].quantised) == (0.0, 1.0)
    assert not phases[50].criticised and phases[100].criticised


def test_the_critic_learns_to_tell_made_pictures_from_real_ones() -> None:
    torch.manual_seed(1)
    critic = PatchCritic((4, 8, 8))
    optimizer = torch.optim.Adam(critic.parameters(), lr=1e-2)
    real, made = torch.rand(4, 3, 32, 32), torch.zeros(4, 3, 32, 32)
    before = critic.loss(made, real).item()
    for _ in range(20):
        optimizer.zero_grad()
        critic.loss(made, real).backward()
        optimizer.step()
    assert critic(real).shape == (4, 1, 6, 6)
    assert critic.loss(made, real).item() < 0.8 * before


def test_criticism_weighs_a_share_of_the_pixel_losses() -> None:
    last = torch.ones(3, requires_grad=True)
    weight = critic_weight((4 * last).sum(), (2 * last).sum(), last, 0.5)
    assert abs(weight.item() - 1) < 1e-3
