"""A finish without any network: a soft painting becomes a firm one of twice its size, like gouache.

The ground is calmed, colours are flattened by a bilateral filter (Tomasi, Manduchi 1998), and
toggle contrast (Kramer, Bruckner 1975) makes each pixel as its darkest or lightest neighbour is.
"""

import torch
from torch import Tensor
from torch.nn import functional as F

from engine.kernels.wrapped_edges import with_wrapped_edges, without_wrapped_edges

EDITION = 2  # of the finish: another number means that it looks otherwise
GREY = (0.299, 0.587, 0.114)
RIM = 0.14  # share of the shorter side that is taken for the ground's
DRAWN = 256  # pixels of the shorter side that it is meant for: larger pictures are drawn at half
FITTED = 6  # rounds of a robust fit
NEAREST, SHARE, QUANTILE = 0.16, 0.24, 0.9  # how near a pixel of the ground is to its plane
CALMED = 0.9  # how much of the plane it becomes
REACH, STRIDE = 6, 1  # of the bilateral filter at 256 px
FLATNESS = 0.06  # the distance of colours that it keeps apart
BLUR, ROUNDS = 1.6, 6  # of toggle contrast; more of it closes mouths and drops thin lines
NEAR, RAMP = 9, 0.06  # pixels that an edge lies within, and how much a ramp changes in them
WRAP = 24  # pixels beyond an edge that are looked at where the opposite edge meets it
SOFT = 0.5  # sigma in pixels of the blur after it: wider ones take the edges away again


def gouache(picture: Tensor, *, tile: bool = False) -> Tensor:
    """Finish a picture [3, h, w], 0..1, of 32 px and more -> the same at [3, 2 h, 2 w].

    tile: its opposite edges meet, and go on doing so; its ground, which may have a slope, stays.
    """
    clean = picture.clamp(0, 1)
    scale = min(picture.shape[1:]) / DRAWN
    if not tile:
        return doubled(flatten(calm_ground(clean), max(1, round(STRIDE * scale))))
    larger = doubled(flatten(with_wrapped_edges(clean, WRAP), max(1, round(STRIDE * scale))))
    return without_wrapped_edges(larger, picture, WRAP)


def doubled(picture: Tensor) -> Tensor:
    """Enlarge a picture [3, h, w], 0..1, to twice its sides, with firm edges."""
    scale = min(picture.shape[1:]) / DRAWN
    out = F.interpolate(picture[None], scale_factor=2, mode="bicubic", align_corners=False)[0]
    axes = torch.stack([_unit(torch.tensor(GREY, device=out.device)), main_axis(out)])
    soft = out = blur(out, BLUR * scale)
    for _ in range(ROUNDS):
        out = toggle(out, axes)
    return torch.lerp(soft, blur(out, SOFT * scale), edges(soft, axes)).clamp(0, 1)


def drawn_share(width: int, height: int) -> float:
    """Return at what share of its sides a picture is painted that will be finished.

    The finish doubles it; but below DRAWN pixels there is too little to be seen.
    """
    return min(1.0, max(0.5, DRAWN / min(width, height)))


def calm_ground(picture: Tensor) -> Tensor:
    """Blend what hangs together with the rim, and is near its colours, onto their plane.

    A rim of many colours, as a landscape's, is fitted by few of them; what is far stays.
    """
    plane = _rim_plane(picture)
    away = (picture - plane).square().sum(0).sqrt()
    limit = min(NEAREST, SHARE * float(away.flatten().quantile(QUANTILE)))
    near = F.avg_pool2d((away < limit).float()[None, None], 4, ceil_mode=True) > 0.5
    ground = flooded(near[0, 0])
    share = F.interpolate(ground.float()[None, None], size=picture.shape[1:], mode="bilinear")
    share = blur(share[0], 1.5) * CALMED
    share = share * ((2 * limit - away) / max(limit, 1e-6)).clamp(0, 1)
    return picture + share * (plane - picture)


def _rim_plane(picture: Tensor) -> Tensor:
    """Return the plane [3, h, w] through the colours of the rim; outliers count little."""
    _, h, w = picture.shape
    y = torch.linspace(-1, 1, h, device=picture.device).view(h, 1).expand(h, w)
    x = torch.linspace(-1, 1, w, device=picture.device).view(1, w).expand(h, w)
    inner = 1 - 2 * RIM
    rim = (x.abs() > inner) | (y.abs() > inner)
    places = torch.stack([torch.ones_like(x), x, y], dim=-1)
    known, seen = places[rim], picture[:, rim].T
    weight = torch.ones(len(known), 1, device=picture.device)
    steady = 1e-4 * torch.eye(3, device=picture.device)
    plane = torch.zeros(3, 3, device=picture.device)
    for _ in range(FITTED):
        weighted = known * weight
        plane = torch.linalg.solve(weighted.T @ known + steady, weighted.T @ seen)
        away = (seen - known @ plane).square().sum(1, keepdim=True).sqrt()
        weight = (0.05 + away) ** -1.5
        weight = weight / weight.mean()
    return (places @ plane).permute(2, 0, 1)


def flooded(mask: Tensor) -> Tensor:
    """Return what of a mask [h, w] hangs together with the picture's rim."""
    reached = mask.clone()
    reached[1:-1, 1:-1] = False
    count = -1
    while count != (count := int(reached.sum())):
        for _ in range(8):
            grown = F.max_pool2d(reached.float()[None, None], 3, 1, 1)[0, 0] > 0
            reached = grown & mask
    return reached


def flatten(picture: Tensor, stride: int) -> Tensor:
    """Apply one round of a bilateral filter: each pixel becomes the mean of what is like it nearby.

    Of the neighbours within REACH strides, one every `stride` pixels is looked at.
    """
    _, h, w = picture.shape
    reach = stride * (REACH // STRIDE)
    padded = F.pad(picture[None], (reach,) * 4, mode="replicate")[0]
    offsets = range(-reach, reach + 1, stride)
    total, weights = torch.zeros_like(picture), picture.new_zeros(h, w)
    for down in offsets:
        for across in offsets:
            other = padded[:, reach + down : reach + down + h, reach + across : reach + across + w]
            distance = (other - picture).square().sum(0)
            place = 2 * (down * down + across * across) / reach**2
            weight = torch.exp(distance * (-0.5 / FLATNESS**2) - place)
            total.addcmul_(other, weight)
            weights += weight
    return total / weights


def edges(picture: Tensor, axes: Tensor) -> Tensor:
    """Return where a picture has edges [1, h, w], 0..1: elsewhere toggles make scales of a ramp."""
    keys = torch.einsum("ac,chw->ahw", axes, picture)
    span = (F.max_pool2d(keys, NEAR, 1, NEAR // 2) + F.max_pool2d(-keys, NEAR, 1, NEAR // 2)).amax(
        0
    )
    return blur(((span - RAMP) / RAMP).clamp(0, 1)[None], NEAR / 4)


def toggle(picture: Tensor, axes: Tensor) -> Tensor:
    """Give each pixel the colour of the nearer of the two extremes of its 3 x 3 neighbourhood.

    Extremes along that axis of colour (of `axes` [2, 3]) which spans more there: orange on sky blue
    has no light edge.
    """
    keys = torch.einsum("ac,chw->ahw", axes, picture)
    most, high = F.max_pool2d(keys, 3, 1, 1, return_indices=True)
    least, low = F.max_pool2d(-keys, 3, 1, 1, return_indices=True)
    least = -least
    second = (most[1] - least[1]) > (most[0] - least[0])
    upper = torch.where(second, most[1] - keys[1], most[0] - keys[0])
    lower = torch.where(second, keys[1] - least[1], keys[0] - least[0])
    chosen = torch.where(
        upper < lower,
        torch.where(second, high[1], high[0]),
        torch.where(second, low[1], low[0]),
    )
    return picture.flatten(1)[:, chosen.flatten()].view_as(picture)


def main_axis(picture: Tensor) -> Tensor:
    """Return the direction [3] in which the picture's colours spread most."""
    colours = picture.flatten(1)
    colours = colours - colours.mean(1, keepdim=True)
    spread = colours @ colours.T / colours.shape[1]
    return torch.linalg.eigh(spread).eigenvectors[:, -1]  # type: ignore[no-any-return]


def blur(picture: Tensor, sigma: float) -> Tensor:
    """Blur [c, h, w] by a Gaussian.

    A CPU is quicker at sums of shifted pictures than at convolutions of so few channels.
    """
    reach = max(1, round(3 * sigma))
    line = torch.arange(-reach, reach + 1, dtype=torch.float32)
    kernel = torch.exp(-0.5 * (line / max(sigma, 1e-3)).square())
    shares = (kernel / kernel.sum()).tolist()
    _, h, w = picture.shape
    padded = F.pad(picture[None], (reach,) * 4, mode="replicate")[0]
    rows = torch.zeros_like(padded[:, :, :w])
    for shift, share in enumerate(shares):
        rows.add_(padded[:, :, shift : shift + w], alpha=share)
    out = torch.zeros_like(picture)
    for shift, share in enumerate(shares):
        out.add_(rows[:, shift : shift + h], alpha=share)
    return out


def _unit(vector: Tensor) -> Tensor:
    return vector / float(vector.norm())
