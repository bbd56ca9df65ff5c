"""What the decoder learns with: its critic, and codes that stay as they are."""

import torch

from training.adversarial.critic import PatchCritic, critic_weight
from training.layered.decoder import Lesson


def test_only_the_decoder_learns() -> None:
    lesson = Lesson()
    learned = {name for name, value in lesson.vqgan.named_parameters() if value.requires_grad}
    assert learned and all(name.startswith(("decoder.", "post_quant_conv.")) for name in learned)
    real = torch.rand(1, 3, 32, 32)
    codes = lesson.vqgan.lookup(torch.arange(16).view(1, 4, 4))
    loss, critics = lesson.loss(real, codes, criticised=True)
    (loss + critics).backward()
    assert lesson.vqgan.decoder.conv_out.weight.grad is not None
    assert not lesson.vqgan.training


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
