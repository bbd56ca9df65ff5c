"""First stage of the scorer: both towers learn names, colours and grounds from rendered scenes.

`python -m training.scorer [--steps N]` resumes from `.training/scorer.pt`.
"""

import logging
import time

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from engine.pocket.scorer import DIM, ImageTower, TextTower
from engine.pocket.vocabulary import COLOURS, SHAPES, subjects
from training import art
from training.data.captions import ANY, Caption, buckets, captions
from training.data.scenes import (
    NATURAL,
    PLAIN,
    THINGS,
    RenderedScene,
    RenderedWish,
    SceneRenderer,
    popular_first,
    random_wish,
    seeded,
)
from training.loop.arguments import start_training
from training.loop.checkpoint import TrainingCheckpoint

log = logging.getLogger(__name__)
BATCH = 128
MEAN, STD = 0.5, 0.25  # of the scorer's input


class Scorer(nn.Module):
    """The towers, and heads that only training needs."""

    def __init__(self) -> None:
        super().__init__()
        self.image, self.text = ImageTower(), TextTower()
        pooled = self.image.out.in_features
        self.heads = nn.ModuleList(
            nn.Linear(pooled, n) for n in (len(subjects()), len(COLOURS) + 1, len(COLOURS) + 1)
        )
        self.log_scale = nn.Parameter(torch.tensor(2.7))

    def see(self, pictures: Tensor) -> tuple[Tensor, Tensor]:
        """Pictures 0..1 -> pooled features and unit vectors."""
        x = ((pictures - MEAN) / STD).contiguous(memory_format=torch.channels_last)
        pooled = self.image.pooled(x)
        return pooled, F.normalize(self.image.out(pooled), dim=-1)


def matches(said: list[Caption], scene: RenderedScene | RenderedWish) -> Tensor:
    """[said, pictures]: whether every claim of the caption holds for the picture."""
    out = torch.ones(len(said), len(scene.subject), dtype=torch.bool)
    for i, label in enumerate(("subject", "colour", "ground")):
        claim = torch.tensor([(c.subject, c.colour, c.ground)[i] for c in said]).unsqueeze(1)
        out &= (claim == ANY) | (claim == getattr(scene, label).unsqueeze(0))
    return out


def contrast(
    texts: Tensor, pictures: Tensor, true: Tensor, scale: Tensor, real: int | None = None
) -> Tensor:
    """Multi-positive contrastive loss: several pictures may fit a caption, and the reverse.

    Only the first `real` pictures look for their captions; the rest are wrong answers.
    """
    logits = texts @ pictures.T * scale

    def side(logits: Tensor, true: Tensor) -> Tensor:
        target = true / true.sum(1, keepdim=True).clamp(min=1)
        return -(target * F.log_softmax(logits, dim=1)).sum(1).mean()

    return side(logits, true.float()) + side(logits[:, :real].T, true[:, :real].T.float())


def headline(scorer: Scorer, scene: RenderedScene, pooled: Tensor) -> Tensor:
    labels = (scene.subject, scene.colour, scene.ground)
    weights = (1.0, 0.5, 0.5)
    losses = [
        weight * F.cross_entropy(head(pooled), label, label_smoothing=0.05)
        for head, label, weight in zip(scorer.heads, labels, weights, strict=True)
    ]
    return torch.stack(losses).sum()


@torch.no_grad()
def retrieval(scorer: Scorer, paint: SceneRenderer, rng_seed: int = 7) -> dict[str, float]:
    """Text -> picture R@1 of 100 things, and of 100 shapes with colour and ground; by language.

    Also Russian name -> English name R@1 of all.
    """
    generator, _ = seeded(rng_seed)
    scorer.eval()
    drawn = paint.present.any(0).nonzero().squeeze(1)
    pick = drawn[torch.randperm(len(drawn), generator=generator)[:100]]
    natural = torch.full((100,), len(COLOURS))
    ground = torch.randint(len(COLOURS), (100,), generator=generator)
    things = paint(RenderedWish(pick, natural, ground), tidy=1.0)
    wanted = _any_shapes(100, generator)
    shapes = paint(wanted, tidy=1.0)
    found = {}
    for language in ("English", "Russian"):
        russian = language == "Russian"
        names = [named(thing, NATURAL, PLAIN, russian) for thing in pick.tolist()]
        found[f"things in {language}"] = _hits(scorer, names, things.pictures)
        texts = [named(*row, russian) for row in wanted.rows()]
        found[f"shapes in {language}"] = _hits(scorer, texts, shapes.pictures)
    english, in_russian = (
        scorer.text(buckets([named(i, NATURAL, PLAIN, russian) for i in range(THINGS)]))
        for russian in (False, True)
    )
    same = (in_russian @ english.T).argmax(1) == torch.arange(THINGS)
    found["Russian names to English"] = same.float().mean().item()
    scorer.train()
    return found


def _any_shapes(count: int, generator: torch.Generator) -> RenderedWish:
    """Different combinations of shape, colour and ground, held-out ones among them."""
    kinds, colours = len(SHAPES), len(COLOURS)
    drawn = torch.randperm(kinds * colours * (colours - 1), generator=generator)[:count]
    subject, colour = THINGS + drawn % kinds, drawn // kinds % colours
    away = 1 + drawn // (kinds * colours)
    return RenderedWish(subject, colour, (colour + away) % colours)


def spoken(found: dict[str, float]) -> str:
    return ", ".join(f"{name} {value:.2f}" for name, value in found.items())


def named(subject: int, colour: int, ground: int, russian: bool) -> str:
    """The plainest words for what is in a picture."""
    who = subjects()[subject]
    noun = who.russian[0]
    text = noun.nominative if russian else who.english[0]
    if colour != NATURAL:
        said = COLOURS[colour]
        text = f"{said.adjectives(noun.gender)[0] if russian else said.english[0]} {text}"
    if ground != PLAIN:
        where = COLOURS[ground]
        text += (
            f" на {where.adjectives('on')[0]} фоне"
            if russian
            else f" on a {where.english[0]} background"
        )
    return text


def _hits(scorer: Scorer, texts: list[str], pictures: Tensor) -> float:
    found = scorer.text(buckets(texts)) @ scorer.see(pictures)[1].T
    return float((found.argmax(1) == torch.arange(len(texts))).float().mean())


def main() -> None:
    steps = start_training(1400)
    scorer = Scorer().to(memory_format=torch.channels_last)
    optimizer = torch.optim.AdamW(scorer.parameters(), lr=2e-3, weight_decay=0.02)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 2.5e-3, steps, pct_start=0.1)
    state = TrainingCheckpoint("scorer", scorer=scorer, optimizer=optimizer, schedule=schedule)
    start = state.resume()
    generator, rng = seeded(start)
    bank, present = art.load("train")
    paint = SceneRenderer(bank, present, 64, generator)
    weights, began = popular_first(), time.time()
    for step in range(start + 1, steps + 1):
        wish = random_wish(BATCH, generator, weights)
        scene, said = paint(wish), captions(wish.rows(), rng)
        pooled, seen = scorer.see(scene.pictures)
        words = scorer.text(buckets([c.text for c in said]))
        scale = scorer.log_scale.exp().clamp(max=30)
        loss_text = contrast(words, seen, matches(said, scene), scale)
        loss = loss_text + headline(scorer, scene, pooled)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        if step % 50 == 0:
            rate = BATCH * (step - start) / (time.time() - began)
            log.info("%d loss %.3f text %.3f %.0f img/s", step, loss, loss_text, rate)
        if step % 200 == 0 or step == steps:
            state.save(step)
            log.info("%d %s", step, spoken(retrieval(scorer, paint)))


if __name__ == "__main__":
    assert DIM == 192
    main()
