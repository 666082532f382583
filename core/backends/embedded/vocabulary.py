"""The words for faults and their opposites, as people say them: what the embedded backend understands of quality."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from core.quality import Fault

Role = Literal["fault", "virtue", "aspect"]
"""A fault is there to be found ("noisy"); a virtue holds where its faults are not ("sharp"); an aspect takes no side ("exposure")."""


@dataclass(frozen=True, slots=True)
class Sense:
    """What a word says of quality: any of `faults` present (fault), none of them (virtue), or how it stands with them (aspect).

    `name`: how the reply calls it: an adjective for virtues ("sharp"), a noun otherwise ("exposure").
    """

    role: Role
    name: str
    faults: tuple[Fault, ...]


_SOFT = (Fault.BLUR, Fault.MOTION_BLUR)
_LIGHT = (Fault.OVEREXPOSED, Fault.UNDEREXPOSED)
_COLOR = (Fault.COLOR_CAST, Fault.SATURATION)
_COARSE = (Fault.JPEG, Fault.PIXELATION)
_DIRT = (Fault.NOISE, Fault.JPEG, Fault.PIXELATION, Fault.BANDING)
ALL_FAULTS = tuple(Fault)

ANY_FAULT = Sense("fault", "faults", ALL_FAULTS)
CLEAN = Sense("virtue", "free of visible faults", ALL_FAULTS)
QUALITY = Sense("aspect", "quality", ALL_FAULTS)
TOO_BRIGHT = Sense("fault", "overexposure", (Fault.OVEREXPOSED,))
TOO_DARK = Sense("fault", "underexposure", (Fault.UNDEREXPOSED,))
BRIGHT = Sense("aspect", "lightness", (Fault.OVEREXPOSED,))
DARK = Sense("aspect", "darkness", (Fault.UNDEREXPOSED,))
COLORS = Sense("aspect", "colour", _COLOR)
LIGHTING = Sense("aspect", "exposure", _LIGHT)
SHARPNESS = Sense("aspect", "sharpness", _SOFT)
CONTRAST = Sense("aspect", "contrast", (Fault.LOW_CONTRAST,))

_TABLE: tuple[tuple[Sense, str], ...] = (
    (
        Sense("fault", "blur", _SOFT),
        "blur, blurs, blurry, blurred, blurriness, blurring, bleary, fuzzy, fuzziness, unsharp, unsharpness, soft, softness,"
        " smeared, smeary, smudged, smudgy, indistinct, mushy, loss of detail, loss of sharpness, lost detail, detail lost, details"
        " lost, lens blur, gaussian blur, unclear, not in sharp focus, image blur, soft looking, smear, smearing",
    ),
    (
        Sense("fault", "blur", (Fault.BLUR,)),
        "out of focus, defocus, defocused, defocussed, unfocused, unfocussed, off focus, misfocused, misfocus, missed focus, focus"
        " missed, focus error, focus problem, defocus blur, out of focus blur, lost focus, bokeh",
    ),
    (
        Sense("fault", "motion blur", (Fault.MOTION_BLUR,)),
        "motion blur, motion blurred, motion blurry, motion, shaken, shaky, shake, camera shake, camera movement, camera motion, handshake, moved,"
        " movement, movement blur, streaky, streaked, streaks, jittery, directional blur, blurred by motion, blurred by movement, smeared by motion",
    ),
    (
        Sense("fault", "noise", (Fault.NOISE,)),
        "noise, noisy, noisiness, grain, grains, grainy, graininess, speckle, speckles, speckled, speckly, iso noise, high iso"
        " noise, salt and pepper, gritty, grit, static, luminance noise, chroma noise, colour noise, image noise, sensor noise,"
        " film grain, gaussian noise, sandy, snow noise",
    ),
    (
        Sense("fault", "compression blocks", (Fault.JPEG,)),
        "jpeg, jpg, compression, compressed, overcompressed, over compressed, artifact, artifacts, artefact, artefacts, jpeg"
        " artifacts, jpeg artefacts, compression artifacts, compression artefacts, jpeg compression, jpeg blocks, jpeg blocking,"
        " block artifacts, block artefacts, blocking, compression blocks, mosquito, mosquito noise, ringing, macroblocking,"
        " macroblocks, jpeg noise, blocking artifacts, blocking artefacts, jpegged, jpegy",
    ),
    (Sense("fault", "blockiness", _COARSE), "blocky, blockiness, blocks, block"),
    (
        Sense("fault", "pixelation", (Fault.PIXELATION,)),
        "pixelation, pixelated, pixellated, pixellation, pixelized, pixelization, pixelised, pixely, mosaic, mosaiced, mosaicked,"
        " low resolution, low res, lowres, too low resolution, poor resolution, upscaled, upsampled, enlarged, jagged, jaggies,"
        " jaggedness, aliased, aliasing, staircase, visible pixels, pixels visible, big pixels, large pixels, coarse pixels, see"
        " the pixels, pixels, censored",
    ),
    (
        TOO_BRIGHT,
        "overexposed, over exposed, overexposure, over exposure, blown, blown out, blown highlights, highlights blown, highlights"
        " blown out, burnt out, burned out, burnt, clipped highlights, highlights clipped, highlight clipping, blown out"
        " highlights, too bright, overly bright, too light, too much light, overlit, glaring, glare, blinding, overbright, so"
        " bright, pure white, lost highlights, too white, excessively bright, whited out, clipped, clipping",
    ),
    (
        TOO_DARK,
        "underexposed, under exposed, underexposure, under exposure, too dark, overly dark, so dark, dim, dimly lit, murky, gloomy,"
        " crushed, crushed shadows, shadows crushed, crushed blacks, too little light, poorly lit, badly lit, lack of light, not"
        " enough light, insufficient light, underlit, too dim, too black, excessively dark, lost shadows, blocked shadows, shadows"
        " blocked, low light",
    ),
    (
        Sense("fault", "loss of contrast", (Fault.LOW_CONTRAST,)),
        "low contrast, lack of contrast, little contrast, poor contrast, weak contrast, no contrast, contrast loss, loss of"
        " contrast, flat, flatness, hazy, haze, hazed, foggy, fog, misty, mist, milky, veiled, lifeless, low in contrast,"
        " contrastless, insufficient contrast, contrast too low, reduced contrast",
    ),
    (
        Sense("fault", "washed-out colours", (Fault.LOW_CONTRAST, Fault.SATURATION)),
        "colours washed out, colours faded, colours pale, colours dull, colours muted, colours bleached",
    ),
    (Sense("fault", "washed-out tones", (Fault.LOW_CONTRAST, Fault.OVEREXPOSED)), "washed out, washed, washout, bleached, bleached out"),
    (Sense("fault", "dull tones", (Fault.LOW_CONTRAST, Fault.SATURATION)), "dull, dullness, faded, drab, muted, wishy washy, lacklustre, lackluster"),
    (
        Sense("fault", "a colour cast", (Fault.COLOR_CAST,)),
        "colour cast, cast, casts, tint, tints, tinted, tinge, tinged, yellowish, bluish, blueish, greenish, reddish, pinkish,"
        " purplish, orangey, orangish, brownish, too yellow, too blue, too green, too red, too orange, too magenta, too pink, too"
        " purple, too warm, too cold, too cool, off colour, discoloured, discolored, discolouration, discoloration, unnatural"
        " colour, unnatural colours, wrong colours, wrong colour, colour shift, colour distortion, colours off, colours are off,"
        " off white balance, wrong white balance, incorrect white balance, yellow cast, blue cast, green cast, red cast, magenta"
        " cast, orange cast, yellow tint, blue tint, green tint, red tint, magenta tint, orange tint, warm tint, cold tint, cool"
        " tint, colour tint, yellowed, yellowy, sickly",
    ),
    (
        Sense("fault", "unnatural saturation", (Fault.SATURATION,)),
        "oversaturated, over saturated, oversaturation, over saturation, garish, gaudy, lurid, too colourful, too vivid, too"
        " saturated, undersaturated, under saturated, desaturated, colourless, washed out colours, pale colours, pale, unnatural"
        " saturation, overly saturated, saturated, neon, colours too strong, too vibrant, candy coloured, faded colours, too strong"
        " colours, low saturation, undersaturation, desaturation",
    ),
    (
        Sense("fault", "banding", (Fault.BANDING,)),
        "banding, banded, posterised, posterized, posterisation, posterization, contouring, colour steps, stepped, quantised,"
        " quantized, quantisation, quantization, gradient steps, colour banding, colour bands, false contours, tonal steps, bands,"
        " band, stripes, striped, too few colours",
    ),
    (ANY_FAULT, "most affected, quality factor, quality factors, factor, factors,"
    " fault, faults, faulty, problem, problems, issue, issues, flaw, flaws, flawed, defect, defects, defective,"
    " distortion, distortions, distorted, degraded, degradation, degradations, damaged, damage, imperfection, imperfections,"
    " impaired, impairment, impairments, wrong, weakness, weaknesses, deficiency, deficiencies, quality problem, quality problems,"
    " quality issue, quality issues, degrades, degrading, spoils, spoiled, ruined, ruins, corrupted, error, errors, spoiling,"
    " messed up, up with, happened to, what happened, mistake, mistakes, bothers, bad about, unnatural, unnaturally, abnormal, odd, strange, weird"),
    (
        Sense("virtue", "sharp", _SOFT),
        "sharp, crisp, crispness, in focus, focused, focussed, well focused, well focussed, detailed, fine detail, tack sharp,"
        " razor sharp, in sharp focus, sharply focused, acuity, well defined, distinct, pin sharp, high in detail, rich in detail,"
        " sharply, focuses",
    ),
    (Sense("virtue", "clear", (*_SOFT, Fault.NOISE, *_COARSE, Fault.LOW_CONTRAST)), "clear, clearly visible, clarity, legible,"
    " readable, easy to see, discernible"),
    (Sense("virtue", "free of noise", (Fault.NOISE,)), "noiseless, noise free, grainless, grain free, denoised"),
    (Sense("virtue", "clean", _DIRT), "clean, cleanly, smooth, smoothness, artifact free, artefact free"),
    (Sense("virtue", "free of blur", _SOFT), "blur free"),
    (CLEAN, "flawless, pristine, faultless, undistorted, unblemished, immaculate, perfect, undamaged, impeccable, intact, undegraded"),
    (
        Sense("virtue", "well exposed", _LIGHT),
        "well exposed, properly exposed, correctly exposed, good exposure, correct exposure, well lit, proper exposure, nicely lit,"
        " well illuminated, good lighting, balanced exposure, evenly lit, accurately exposed",
    ),
    (Sense("virtue", "rich in contrast", (Fault.LOW_CONTRAST,)), "contrasty, good contrast, punchy, rich contrast, high contrast,"
    " strong contrast, enough contrast"),
    (
        Sense("virtue", "natural in colour", _COLOR),
        "natural, natural colours, natural colour, neutral, true to life, lifelike, realistic colours, accurate colours, true"
        " colours, correct colours, good colours, naturally coloured, realistic, believable",
    ),
    (Sense("virtue", "vivid", (Fault.LOW_CONTRAST, Fault.SATURATION)), "vivid, vibrant, colourful, lively, rich colours"),
    (Sense("virtue", "finely resolved", (Fault.PIXELATION,)), "high resolution, high res, hires, well resolved, full resolution, unpixelated"),
    (Sense("virtue", "free of compression blocks", (Fault.JPEG,)), "uncompressed, lossless"),
    (SHARPNESS, "sharpness, focus, detail, details, focusing, focussing, definition, texture, textures"),
    (LIGHTING, "exposure, lighting, light, illumination, exposed, lit, illuminated, brightness, luminance, highlights and shadows, lightness"),
    (BRIGHT, "bright, brightly lit"),
    (DARK, "dark, darkness"),
    (CONTRAST, "contrast, tonal range, dynamic range, tones, tonality"),
    (COLORS, "colour, colours, coloring, colouring, colouration, hue, hues, colour balance, colour quality, colour reproduction, colour rendition"),
    (Sense("aspect", "white balance", (Fault.COLOR_CAST,)), "white balance, wb, colour temperature, whites"),
    (Sense("aspect", "saturation", (Fault.SATURATION,)), "saturation, colourfulness, vibrance, colour intensity, vividness"),
    (Sense("aspect", "resolution", (Fault.PIXELATION,)), "resolution, pixel resolution"),
    (Sense("aspect", "gradients", (Fault.BANDING,)), "gradients, gradient, transitions, gradations, gradation"),
    (QUALITY, "quality, image quality, picture quality, photo quality, technical quality, overall quality, condition, visual"
    " quality, technically, overall impression, perceptual quality, score, scores, rating, ratings, grade, rate, what do you think, your opinion"),
)  # fmt: skip


def _entries() -> Iterator[tuple[tuple[str, ...], Sense]]:
    for sense, phrases in _TABLE:
        for phrase in phrases.split(","):
            yield tuple(phrase.split()), sense


SENSES: Mapping[tuple[str, ...], Sense] = MappingProxyType(dict(_entries()))
"""Words in a row, British spelling, lower case -> what they say of quality."""

LOW_POLES: Mapping[str, Sense] = MappingProxyType({
    "contrast": Sense("fault", "loss of contrast", (Fault.LOW_CONTRAST,)),
    "sharpness": Sense("fault", "blur", _SOFT),
    "saturation": Sense("fault", "unnatural saturation", (Fault.SATURATION,)),
    "resolution": Sense("fault", "pixelation", (Fault.PIXELATION,)),
    "exposure": TOO_DARK,
})
"""What an aspect's name and a word like "low" say together: "the contrast is too low"."""

HIGH_POLES: Mapping[str, Sense] = MappingProxyType({
    "saturation": Sense("fault", "unnatural saturation", (Fault.SATURATION,)),
    "exposure": TOO_BRIGHT,
    "colour": Sense("fault", "unnatural saturation", (Fault.SATURATION,)),
})
"""The same with a word like "high" or "too strong", where that is a fault; elsewhere a high aspect is a virtue."""
