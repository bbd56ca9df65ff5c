"""Encoder and decoder of the VQGAN, with the parameter names of the published checkpoints.

The networks are those of denoising diffusion models (Ho, Jain, Abbeel 2020, arXiv 2006.11239)
without the time: levels of residual blocks, with attention at some resolutions, between which the
resolution is halved or doubled.
"""

from torch import Tensor, nn
from torch.nn import functional

from engine.kernels.attention import attend_chunked
from engine.kernels.convolution import convolve
from engine.kernels.normalisation import normalise
from engine.kernels.recomputation import recomputed
from engine.networks.vqgan_config import VqganShape

GROUPS, EPSILON = 32, 1e-6  # of the normalisation


def _norm(channels: int) -> nn.GroupNorm:
    return nn.GroupNorm(GROUPS, channels, eps=EPSILON)


def _conv(inputs: int, outputs: int) -> nn.Conv2d:
    return nn.Conv2d(inputs, outputs, 3, padding=1)


class ResidualBlock(nn.Module):
    """Two normalised convolutions, added to the input or to a projection of it."""

    keeps_little = False  # only its input, for the gradient; then its weights must be frozen

    def __init__(self, inputs: int, outputs: int, dropout: float) -> None:
        super().__init__()
        self.norm1 = _norm(inputs)
        self.conv1 = _conv(inputs, outputs)
        self.norm2 = _norm(outputs)
        self.dropout = nn.Dropout(dropout)
        self.conv2 = _conv(outputs, outputs)
        if inputs != outputs:
            self.nin_shortcut = nn.Conv2d(inputs, outputs, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Return [n, outputs, h, w] of [n, inputs, h, w]."""
        return recomputed(self._added, x) if self.keeps_little else self._added(x)

    def _added(self, x: Tensor) -> Tensor:
        h = convolve(self.conv1, normalise(self.norm1, x, silu=True))
        h = convolve(self.conv2, self.dropout(normalise(self.norm2, h, silu=True)))
        return h + (convolve(self.nin_shortcut, x) if hasattr(self, "nin_shortcut") else x)


class SelfAttention(nn.Module):
    """Attention with one head over all positions, added to the input."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.norm = _norm(channels)
        self.q, self.k, self.v, self.proj_out = (nn.Conv2d(channels, channels, 1) for _ in range(4))

    def forward(self, x: Tensor) -> Tensor:
        """Return [n, c, h, w] of the same."""
        normed = normalise(self.norm, x)
        parts = (convolve(part, normed) for part in (self.q, self.k, self.v))
        mixed = attend_chunked(*(part.flatten(2).mT.contiguous() for part in parts))
        return x + convolve(self.proj_out, mixed.mT.unflatten(2, x.shape[2:]))


class Downsample(nn.Module):
    """Halve the sides by a convolution that looks at the right and lower neighbours."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 3, stride=2)

    def forward(self, x: Tensor) -> Tensor:
        """Return [n, c, h / 2, w / 2] of [n, c, h, w]."""
        mode = "circular" if self.conv.padding_mode == "circular" else "constant"
        return convolve(self.conv, functional.pad(x, (0, 1, 0, 1), mode=mode))


class Upsample(nn.Module):
    """Double the sides, then convolve."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv = _conv(channels, channels)

    def forward(self, x: Tensor) -> Tensor:
        """Return [n, c, 2 h, 2 w] of [n, c, h, w]."""
        return convolve(self.conv, functional.interpolate(x, scale_factor=2.0, mode="nearest"))


class Level(nn.Module):
    """Residual blocks at one resolution, each with attention behind it if the level has any."""

    downsample: nn.Module  # set where another level follows
    upsample: nn.Module

    def __init__(self, inputs: int, outputs: int, blocks: int, dropout: float, attn: bool) -> None:
        super().__init__()
        self.block, self.attn = nn.ModuleList(), nn.ModuleList()
        for number in range(blocks):
            self.block.append(ResidualBlock(outputs if number else inputs, outputs, dropout))
            if attn:
                self.attn.append(SelfAttention(outputs))

    def forward(self, x: Tensor) -> Tensor:
        """Return [n, outputs, h, w] of [n, inputs, h, w], at half or twice the sides."""
        for number, block in enumerate(self.block):
            x = block(x)
            if self.attn:
                x = self.attn[number](x)
        if hasattr(self, "downsample"):
            x = self.downsample(x)
        if hasattr(self, "upsample"):
            x = self.upsample(x)
        return x


class Middle(nn.Module):
    """Two residual blocks around attention, at the lowest resolution."""

    def __init__(self, channels: int, dropout: float) -> None:
        super().__init__()
        self.block_1 = ResidualBlock(channels, channels, dropout)
        self.attn_1 = SelfAttention(channels)
        self.block_2 = ResidualBlock(channels, channels, dropout)

    def forward(self, x: Tensor) -> Tensor:
        """Return [n, c, h, w] of the same."""
        mixed: Tensor = self.block_2(self.attn_1(self.block_1(x)))
        return mixed


class VqganEncoder(nn.Module):
    """Pictures [n, in_channels, h, w] in -1..1 → hidden maps [n, z_channels, h / f, w / f]."""

    def __init__(self, shape: VqganShape) -> None:
        super().__init__()
        widths = [shape.ch * factor for factor in shape.ch_mult]
        self.conv_in = _conv(shape.in_channels, shape.ch)
        self.down = nn.ModuleList()
        before = shape.ch
        for i, width in enumerate(widths):
            attn = i in shape.attentive_levels
            level = Level(before, width, shape.num_res_blocks, shape.dropout, attn)
            if i < len(widths) - 1:
                level.downsample = Downsample(width)
            self.down.append(level)
            before = width
        self.mid = Middle(before, shape.dropout)
        self.norm_out = _norm(before)
        self.conv_out = _conv(before, shape.z_channels * (2 if shape.double_z else 1))

    def forward(self, x: Tensor) -> Tensor:
        """Encode pictures."""
        h = convolve(self.conv_in, x)
        for level in self.down:
            h = level(h)
        return convolve(self.conv_out, normalise(self.norm_out, self.mid(h), silu=True))


class VqganDecoder(nn.Module):
    """Hidden maps [n, z_channels, h / f, w / f] → pictures [n, out_ch, h, w] of about -1..1."""

    def __init__(self, shape: VqganShape) -> None:
        super().__init__()
        widths = [shape.ch * factor for factor in shape.ch_mult]
        self.conv_in = _conv(shape.z_channels, widths[-1])
        self.mid = Middle(widths[-1], shape.dropout)
        self.up = nn.ModuleList()  # numbered as the encoder's levels, so applied from the last
        before = widths[-1]
        for i, width in reversed(list(enumerate(widths))):
            attn = i in shape.attentive_levels
            level = Level(before, width, shape.num_res_blocks + 1, shape.dropout, attn)
            if i > 0:
                level.upsample = Upsample(width)
            self.up.insert(0, level)
            before = width
        self.norm_out = _norm(before)
        self.conv_out = _conv(before, shape.out_ch)

    def forward(self, z: Tensor) -> Tensor:
        """Decode hidden maps."""
        h = self.mid(convolve(self.conv_in, z))
        for level in reversed(self.up):
            h = level(h)
        return convolve(self.conv_out, normalise(self.norm_out, h, silu=True))
