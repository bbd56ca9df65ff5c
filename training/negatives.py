"""Second stage of the scorer: it learns to see through its own guidance.

A scorer that only classifies is pleased by textures that nobody can read. So a buffer of latents is
painted towards their captions with the scorer as it is, and the scorer learns that a real picture
of the caption must please it more. `python -m training.negatives [--steps N] [--minutes M]` starts
from `.training/scorer.pt` and `.training/vqgan.pt`, and resumes from `.training/negatives.pt`.
"""

import argparse
import logging
import time
from dataclasses import dataclass
from pathlib import Path

import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional as F

from engine.cutouts import Cutting, cut, draw
from engine.losses import clamp_with_grad
from engine.pocket.towers import SIDE, tokenize
from engine.pocket.world import COLOURS
from engine.start import PALETTE, Sketches
from engine.vqgan import VQGAN
from training import art
from training.art import FOLDER
from training.captions import ANY, Caption, caption
from training.checkpoint import Checkpoint, load_part
from training.scenes import PLAIN, Painter, Wish, popular_first, random_wish, seeded
from training.scorer import Scorer, contrast, headline, matches, retrieval
from training.vqgan import SHAPE

log = logging.getLogger(__name__)
BATCH = 64
SIZES = (64, 64, 128)  # pixels of the painted negatives, in turn: small ones are four times cheaper
PUSHED = {64: 12, 128: 4}  # latents painted on in one training step
INNER = 2  # steps of guidance in one training step
LIFE = 60  # steps of guidance before a latent begins anew
RATE = 0.15
VIEWS = 6
CUTTING = Cutting(smallest=0.75, turn=6, shift=0.06, perspective=0.05, colour=0.05, noise=0.05)


@dataclass
class Easel:
    """Latents of one size that are being painted, each with its caption."""

    side: int
    latents: Tensor
    captions: list[Caption]
    first: Tensor  # Adam's moments
    second: Tensor
    ages: Tensor

    @classmethod
    def empty(cls, side: int, count: int) -> "Easel":
        cells = side // SHAPE.cell
        shape = (count, SHAPE.embed_dim, cells, cells)
        nothing = Caption("", ANY, ANY, ANY)
        ages = torch.full((count,), LIFE + 1)
        return cls(side, torch.zeros(shape), [nothing] * count, torch.zeros(shape),
                   torch.zeros(shape), ages)  # fmt: skip


class Negatives:
    """Keeps easels of pictures that the scorer's own guidance paints."""

    def __init__(
        self, vqgan: VQGAN, scorer: Scorer, generator: torch.Generator, rng: object
    ) -> None:
        self.vqgan, self.scorer, self.generator, self.rng = vqgan, scorer, generator, rng
        self.weights = popular_first()
        self.easels = {64: Easel.empty(64, 72), 128: Easel.empty(128, 32)}
        self.low = vqgan.codebook.amin(0).view(1, -1, 1, 1)
        self.high = vqgan.codebook.amax(0).view(1, -1, 1, 1)

    def _begin(self, easel: Easel, index: int) -> None:
        """A fresh caption on a sketch whose ground is right in half of the cases."""
        wish = random_wish(1, self.generator, self.weights, shapes=0.2)
        subject, colour, ground = (int(v) for v in (wish.subject, wish.colour, wish.ground))
        said = caption(subject, colour, ground, index % 2 == 0, self.rng)  # type: ignore[arg-type]
        chance = torch.rand(4, generator=self.generator)
        other = int(torch.randint(len(COLOURS), (1,), generator=self.generator))
        start = ground if chance[0] < 0.5 and ground != PLAIN else other
        disc = colour if chance[1] < 0.7 and colour < len(COLOURS) else (other + 5) % len(COLOURS)
        size = 0.3 + 0.5 * float(chance[2])
        form = torch.tensor([[[0.0, 0.0, size, size, 0.0, 0.2]]])
        picture = Sketches(PALETTE[[start]], PALETTE[[disc]].unsqueeze(1), form)
        with torch.no_grad():
            latent = self.vqgan.encode(picture.render(easel.side, easel.side))[0]
        noise = torch.randn(latent.shape, generator=self.generator) * float(chance[3]) * 0.3
        easel.latents[index] = latent + noise
        easel.captions[index] = said
        easel.first[index], easel.second[index], easel.ages[index] = 0, 0, 0

    def push(self, side: int) -> tuple[Tensor, list[Caption]]:
        """Paints a few latents of one easel a little further; their pictures, and captions."""
        easel = self.easels[side]
        order = torch.randperm(len(easel.captions), generator=self.generator)[: PUSHED[side]]
        for index in order.tolist():
            if easel.ages[index] > LIFE:
                self._begin(easel, index)
        texts = [easel.captions[i].text for i in order.tolist()]
        with torch.no_grad():
            said = self.scorer.text(tokenize(texts))
        latents = easel.latents[order]
        for _ in range(INNER):
            latents = latents.requires_grad_(True)
            pictures = clamp_with_grad(self.vqgan.decode(self.vqgan.quantise(latents)))
            seen = self._seen(pictures)  # [n, views, d]
            similar = (seen * said.unsqueeze(1)).sum(-1).mean()
            (gradient,) = torch.autograd.grad(-similar * len(order), latents)
            latents = self._adam(easel, order, latents.detach(), gradient)
        easel.latents[order] = latents
        easel.ages[order] += INNER
        with torch.no_grad():
            pictures = self.vqgan.decode(self.vqgan.quantise(latents)).clamp(0, 1)
        return pictures, [easel.captions[i] for i in order.tolist()]

    def _seen(self, pictures: Tensor) -> Tensor:
        side = pictures.shape[-1]
        views = []
        for picture in pictures.split(1):
            drawn = draw(CUTTING, VIEWS, side, side, SIDE, self.generator)
            views.append(cut(picture, drawn))
        seen = self.scorer.see(torch.cat(views))[1]
        return seen.view(len(pictures), VIEWS, -1)

    def _adam(self, easel: Easel, order: Tensor, latents: Tensor, gradient: Tensor) -> Tensor:
        easel.first[order] = 0.9 * easel.first[order] + 0.1 * gradient
        easel.second[order] = 0.99 * easel.second[order] + 0.01 * gradient**2
        age = (easel.ages[order] + 1).view(-1, 1, 1, 1).float()
        first = easel.first[order] / (1 - 0.9**age)
        second = easel.second[order] / (1 - 0.99**age)
        moved = latents - RATE * first / (second.sqrt() + 1e-8)
        return moved.maximum(self.low).minimum(self.high)


def views_of(pictures: Tensor, generator: torch.Generator) -> Tensor:
    """One cutout of each picture, as guidance would look at it."""
    side = pictures.shape[-1]
    drawn = [draw(CUTTING, 1, side, side, SIDE, generator) for _ in range(len(pictures))]
    return torch.cat([cut(p, d) for p, d in zip(pictures.split(1), drawn, strict=True)])


def real_pictures(captions: list[Caption], paint: Painter, generator: torch.Generator) -> Tensor:
    """A true picture of each caption; what a caption leaves open is drawn by chance."""
    chance = random_wish(len(captions), generator, popular_first())
    claims = [torch.tensor([getattr(c, key) for c in captions])
              for key in ("subject", "colour", "ground")]  # fmt: skip
    subject, colour, ground = (
        torch.where(claim == ANY, drawn, claim)
        for claim, drawn in zip(claims, (chance.subject, chance.colour, chance.ground), strict=True)
    )
    return paint(Wish(subject, colour, ground), tidy=0.5).pictures


def sheet(pictures: Tensor, path: Path, columns: int = 12) -> None:
    """A contact sheet of pictures [n, 3, s, s]."""
    rows = [torch.cat(list(row), dim=2) for row in pictures.split(columns) if len(row) == columns]
    whole = torch.cat(rows, dim=1).permute(1, 2, 0)
    Image.fromarray((whole.clamp(0, 1) * 255).round().byte().numpy()).save(path)


def main() -> None:  # a straight line: push the negatives, learn from them, report
    parser = argparse.ArgumentParser()
    parser.add_argument("--steps", type=int, default=2500)
    parser.add_argument("--minutes", type=float, default=1e9)
    parser.add_argument("--threads", type=int, default=1)
    args = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    torch.set_num_threads(args.threads)
    torch.manual_seed(1)
    scorer = Scorer().to(memory_format=torch.channels_last)
    scorer.load_state_dict(load_part("scorer", "scorer"))
    vqgan = VQGAN(SHAPE).to(memory_format=torch.channels_last)
    vqgan.load_state_dict(load_part("vqgan", "model"))
    vqgan.eval().requires_grad_(False)
    optimizer = torch.optim.AdamW(scorer.parameters(), lr=4e-4, weight_decay=0.02)
    state = Checkpoint("negatives", scorer=scorer, optimizer=optimizer)
    start = state.resume()
    generator, rng = seeded(1000 + start)
    bank, present = art.load("train")
    paint = Painter(bank, present, SIDE, generator)
    negatives = Negatives(vqgan, scorer, generator, rng)
    weights, began = popular_first(), time.time()
    for step in range(start + 1, args.steps + 1):
        rate = 4e-4 * min(1.0, 1.2 - step / args.steps)
        for group in optimizer.param_groups:
            group["lr"] = rate
        scorer.eval()
        fakes, wanted = negatives.push(SIZES[step % len(SIZES)])
        fakes = views_of(fakes, generator)
        scorer.train()
        scene = paint(random_wish(BATCH, generator, weights))
        labels = zip(scene.subject, scene.colour, scene.ground, strict=True)
        captions = [
            caption(int(s), int(c), int(g), i % 2 == 0, rng) for i, (s, c, g) in enumerate(labels)
        ]
        truths = real_pictures(wanted, paint, generator)
        truths = torch.where(torch.rand(len(truths), 1, 1, 1) < 0.5, truths,
                             views_of(truths, generator))  # fmt: skip
        pooled, seen = scorer.see(torch.cat([scene.pictures, truths, fakes]))
        n, k = len(captions), len(wanted)
        said = scorer.text(tokenize([c.text for c in captions + wanted]))
        scale = scorer.log_scale.exp().clamp(max=30)
        margin = (said[n:] * (seen[n + k :] - seen[n : n + k])).sum(1) * scale
        beaten = F.softplus(margin + 1.0).mean()
        # The negatives stand among the wrong answers of every caption as well.
        true = matches(captions, scene)
        none = torch.zeros(n, k, dtype=torch.bool)
        both = torch.cat([seen[:n], seen[n + k :]])
        logits_loss = contrast(said[:n], both, torch.cat([true, none], dim=1), scale, n)
        loss = logits_loss + headline(scorer, scene, pooled[:n]) + 0.5 * beaten
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(scorer.parameters(), 5.0)
        optimizer.step()
        late = time.time() - began > args.minutes * 60
        if step % 25 == 0:
            pace = (time.time() - began) / (step - start)
            log.info("%d loss %.3f beaten %.3f margin %.2f %.2f s/step", step, loss, beaten,
                     margin.mean(), pace)  # fmt: skip
        if step % 100 == 0 or step == args.steps or late:
            state.save(step)
            log.info("%d %s", step, retrieval(scorer, paint))
            oldest = negatives.easels[64].ages.argsort(descending=True)[:48]
            with torch.no_grad():
                latents = negatives.easels[64].latents[oldest]
                sheet(vqgan.decode(vqgan.quantise(latents)), FOLDER / f"negatives-{step}.png")
            log.info("sheet: %s", "; ".join(negatives.easels[64].captions[i].text for i in oldest))
        if late:
            break


if __name__ == "__main__":
    main()
