"""Statistics of the native tiles: noise, blocks, repeated pixels, quantised tones, sharpness and its direction.

All work on one picture of 20x20 tiles, as tall as wide. Pixels within `_MARGIN` of a tile's border, which filters mix with the neighbouring tile, are left out.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from core.backends.embedded.grid import GRID, TILE, Array

_MARGIN = 3  # pixels
_STRIPS = 5
_LAGS = ((1, 1), (1, -1), (2, 0), (0, 2), (2, 2), (2, -2), (4, 0), (0, 4), (4, 4), (4, -4))
"""(right, down) in pixels: how tones part with distance and direction tells noise from texture, and which way things moved."""

TILE_STATISTICS = (
    "noise_luma", "noise_floor", "noise_chroma", "chroma_floor", "noise_peaks", "noise_grain_x", "noise_grain_y",
    "gradient_x", "gradient_y", "block_x", "block_y", "any_block_x", "any_block_y",
    "still_x", "still_y", "sparse_x", "sparse_y", "levels", "fine_to_mid", "reblur_x", "reblur_y", "odd_pixels",
    "fine_coherence", "fine_minor", "fine_cos", "fine_sin", *(f"apart_{right}_{down}" for right, down in _LAGS),
)  # fmt: skip


def tile_statistics(mosaic: NDArray[np.uint8]) -> Array:
    """Of a picture of tiles, uint8 of shape (800, 800, 3): (20, 20, len(TILE_STATISTICS)). In strips, which a processor's cache holds."""
    return np.concatenate([_of_strip(strip) for strip in np.split(mosaic, _STRIPS)])


def _of_strip(mosaic: NDArray[np.uint8]) -> Array:
    luma_chroma = np.asarray(cv2.cvtColor(mosaic, cv2.COLOR_RGB2YCrCb), np.uint8)
    grey = np.ascontiguousarray(luma_chroma[..., 0])
    luma, steps = grey.astype(np.float32), [_apart(grey, 1, 0), _apart(grey, 0, 1)]
    means = [_tile_mean(plane) for plane in steps]
    return np.stack(
        [
            *_noise(luma_chroma),
            *(np.log1p(mean) for mean in means),
            *_blockiness(*steps),
            *_stillness(mosaic),
            *(_sparsity(plane, mean) for plane, mean in zip(steps, means, strict=True)),
            _levels(mosaic),
            *_fine_sharpness(luma, steps, means),
            _odd_pixels(grey),
            *axis_of(*(_tile_mean(product) for product in structure_products(luma))),
            *(np.log1p(_tile_mean(_apart(grey, right, down), 4)) for right, down in _LAGS),
        ],
        axis=-1,
    )


def _tile_sums(plane: Array, margin: int, size: int) -> Array:
    """Sums over squares of `size` pixels inside each tile, as many as fit behind the margin: (rows of tiles, n, 20, n)."""
    fit = (TILE - 2 * margin) // size
    part = slice(margin, margin + fit * size)
    rows = plane.reshape(-1, TILE, GRID * TILE)[:, part].reshape(-1, fit, size, GRID * TILE).sum(2)
    return rows.reshape(-1, fit, GRID, TILE)[..., part].reshape(-1, fit, GRID, fit, size).sum(-1)


def _tile_mean(plane: Array, margin: int = _MARGIN) -> Array:
    size = TILE - 2 * margin
    return _tile_sums(plane, margin, size)[:, 0, :, 0] / size**2


def _apart(grey: NDArray[np.uint8], right: int, down: int) -> NDArray[np.float32]:
    """How far each pixel is from the one `right` and `down` of it; 0 where there is none."""
    height, width = grey.shape
    out = np.zeros(grey.shape, np.float32)
    rows, columns = slice(max(0, -down), height - max(0, down)), slice(0, width - right)
    shifted = grey[max(0, down) : height + min(0, down), right:]
    out[rows, columns] = cv2.absdiff(grey[rows, columns], shifted)
    return out


_SECOND_DIFFERENCE = np.array([1, -2, 1], np.float32) / np.float32(6**0.5)
"""Along rows and columns: blind to flat and linearly shaded areas; unit gain for white noise (Immerkaer, CVIU 1996)."""


def _noise(luma_chroma: NDArray[np.uint8]) -> list[Array]:
    """Log means of the fine residual in luma and in colours, everywhere and in the flattest parts; its peaks; how one pixel goes with the next but one."""
    residuals = [np.asarray(cv2.sepFilter2D(plane, cv2.CV_32F, _SECOND_DIFFERENCE, _SECOND_DIFFERENCE), np.float32) for plane in cv2.split(luma_chroma)]
    luma, chroma = np.abs(residuals[0]), 0.5 * (np.abs(residuals[1]) + np.abs(residuals[2]))
    mean, squared = _tile_mean(luma), _tile_mean(residuals[0] ** 2) + 0.1
    grain = [_tile_mean(product) / squared for product in _two_apart(residuals[0])]
    peaks = np.log(squared / (mean**2 + 0.1))
    return [np.log1p(mean), np.log1p(_floor(luma)), np.log1p(_tile_mean(chroma)), np.log1p(_floor(chroma)), peaks, *grain]


def _two_apart(residual: NDArray[np.float32]) -> list[Array]:
    """Products of each pixel with the next but one, along rows and along columns."""
    across, down = np.zeros_like(residual), np.zeros_like(residual)
    np.multiply(residual[:, 2:], residual[:, :-2], out=across[:, 1:-1])
    np.multiply(residual[2:], residual[:-2], out=down[1:-1])
    return [across, down]


def _floor(residual: Array) -> Array:
    """The third smallest mean among the 16 squares of 8 pixels."""
    parts = _tile_sums(residual, _MARGIN, 8).transpose(0, 2, 1, 3).reshape(-1, GRID, 16) / 64
    return np.sort(parts, axis=-1)[..., 2]


def _blockiness(dx: Array, dy: Array) -> list[Array]:
    """Log ratios of steps over borders of 8-pixel blocks to steps inside blocks: for the grid that begins at the image's corner, for any grid."""
    columns = dx.reshape(-1, TILE, GRID, TILE).mean(1)
    rows = dy.reshape(-1, TILE, GRID, TILE).mean(3).transpose(0, 2, 1)
    by_phase = [means[..., 7 : TILE - 1].reshape(-1, GRID, 4, 8).mean(2) + 0.3 for means in (columns, rows)]
    aligned = [np.log(phases[..., 0] / phases[..., 2:7].mean(-1)) for phases in by_phase]
    return [*aligned, *(np.log(phases.max(-1) / np.median(phases, axis=-1)) for phases in by_phase)]


def _stillness(mosaic: NDArray[np.uint8]) -> list[Array]:
    """Shares of pixels that equal their neighbour in all channels."""
    whole = np.asarray(cv2.cvtColor(mosaic, cv2.COLOR_RGB2RGBA)).view(np.int32)[..., 0]
    across, down = np.zeros(whole.shape, np.float32), np.zeros(whole.shape, np.float32)
    across[:, :-1], down[:-1] = whole[:, 1:] == whole[:, :-1], whole[1:] == whole[:-1]
    return [_tile_mean(across), _tile_mean(down)]


def _sparsity(differences: Array, mean: Array) -> Array:
    """Log of mean square over squared mean: high where few steps carry all the change, as between large pixels."""
    return np.log((_tile_mean(differences**2) + 0.1) / (mean**2 + 0.1))


def _levels(mosaic: NDArray[np.uint8]) -> Array:
    """Occupied share of the tonal range, the least of the channels, in every second row: low for quantised tones."""
    tiles = mosaic[::2].reshape(-1, TILE // 2, GRID, TILE, 3)
    bins = np.arange(0, len(tiles) * GRID * 3 * 256, 256, dtype=np.int32).reshape(-1, 1, GRID, 1, 3)
    flags = np.zeros(bins.size * 256, np.bool_)
    flags[(tiles + bins).ravel()] = True
    seen = flags.reshape(-1, GRID, 3, 256)
    distinct, span = seen.sum(-1), 256 - seen.argmax(-1) - seen[..., ::-1].argmax(-1)
    textured = np.minimum(1, span.max(-1) / 8)
    return (distinct / span).min(-1) * textured + 1 - textured


def _fine_sharpness(luma: Array, steps: list[Array], means: list[Array]) -> list[Array]:
    once, twice = cv2.GaussianBlur(luma, (0, 0), 0.8), cv2.GaussianBlur(luma, (0, 0), 2.0)
    fine, middle = _tile_mean(np.abs(luma - once)), _tile_mean(np.abs(once - twice))
    ratios = [_reblur(luma, *along) for along in zip(steps, means, ((9, 1), (1, 9)), strict=True)]
    return [np.log((fine + 0.1) / (middle + 0.1)), *ratios]


def _reblur(luma: Array, differences: Array, mean: Array, kernel: tuple[int, int]) -> Array:
    """How much of the steps a further blur takes away, in [0, 1]: little where the image was blurred before (Crete et al., SPIE 2007)."""
    blurred = cv2.blur(luma, kernel)
    lost = differences.copy()
    if kernel[0] > 1:
        lost[:, :-1] -= cv2.absdiff(blurred[:, 1:], blurred[:, :-1])
    else:
        lost[:-1] -= cv2.absdiff(blurred[1:], blurred[:-1])
    return (_tile_mean(np.maximum(0, lost)) + 0.02) / (mean + 0.05)


def _odd_pixels(grey: NDArray[np.uint8]) -> Array:
    """Log share of pixels far from the median of their neighbours: salt and pepper."""
    far = cv2.absdiff(grey, cv2.medianBlur(grey, 3)) > 40
    return np.log(_tile_mean(far.astype(np.float32)) + 1e-3)


def structure_products(light: Array) -> tuple[Array, Array, Array]:
    """Products of the derivatives: xx, yy, xy (the structure tensor before averaging)."""
    gx, gy = cv2.Sobel(light, cv2.CV_32F, 1, 0), cv2.Sobel(light, cv2.CV_32F, 0, 1)
    return gx * gx, gy * gy, gx * gy


def axis_of(xx: Array, yy: Array, xy: Array) -> list[Array]:
    """How much one direction prevails, the log energy across it, and its double angle's cosine and sine."""
    apart, total = np.hypot(xx - yy, 2 * xy), xx + yy + 1
    return [apart / total, np.log(np.maximum(0, xx + yy - apart) / 2 + 1), (xx - yy) / total, 2 * xy / total]
