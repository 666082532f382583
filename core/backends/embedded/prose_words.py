"""The words of quality prose by the part they play in a clause: what the embedded tagger knows of English. Lower case, British spelling, hyphens open.

`embedded.vocabulary` says which fault a word means; this says how it stands in a sentence. A word that is not here is taken for part of a thing's name.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal, NamedTuple

Part = Literal[
    "determiner", "adverb", "negator", "adjective", "weak", "fault", "aspect", "seen", "low", "high", "excess", "copula", "holds", "lacks", "makes", "verb",
    "filler", "with", "preposition", "of", "and", "contrast", "relative", "since", "reason", "than", "pronoun", "nobody", "image", "comma", "word",
]  # fmt: skip
"""`weak`: an adjective that says something of quality only as a predicate or beside an aspect ("a bright red car"). `seen`: says of an aspect that it is
there. `low`, `high`: take sides with an aspect, and play faults down or up. `excess`: too much of anything. `filler`: says nothing here. `reason`: what
follows is not said of the subject. `since`: begins a clause. `nobody`: a subject that is no thing."""


class Entry(NamedTuple):
    """`sign`: 1 speaks for the quality, -1 against it, 0 neither."""

    part: Part
    sign: int = 0


_ADVERSE = (
    "over smoothed, oversmoothed, hard to see, difficult to see, hard to read, difficult to read, impossible to see, impossible to read, blurry, blurred, "
    "unsharp, fuzzy, bleary, smeared, smudged, soft focused, out of focus, defocused, defocussed, unfocused, unfocussed, off focus, misfocused, not in "
    "focus, motion blurred, shaky, noisy, grainy, speckled, gritty, blocky, pixelated, pixellated, pixelised, pixelized, mosaic, jagged, aliased, "
    "overcompressed, compressed, overexposed, over exposed, blown, blown out, burnt out, burned out, overlit, glaring, clipped, washed out, washed, whited "
    "out, bleached, underexposed, under exposed, underlit, dimly lit, poorly lit, badly lit, unevenly lit, murky, crushed, hazy, foggy, misty, milky, "
    "veiled, lifeless, dull, drab, muted, faded, contrastless, lacklustre, low contrast, low in contrast, oversaturated, over saturated, undersaturated, "
    "under saturated, desaturated, garish, gaudy, lurid, yellowish, bluish, greenish, reddish, pinkish, purplish, orangish, tinted, discoloured, "
    "discolored, off colour, banded, posterised, posterized, distorted, degraded, damaged, corrupted, impaired, ruined, spoiled, oversharpened, over "
    "sharpened, oversharp, indistinct, unclear, illegible, unreadable, unrecognisable, unrecognizable, indistinguishable, undefined, ill defined, lost, "
    "missing, incomplete, destroyed, unnatural, unrealistic, inaccurate, incorrect, improper, unsatisfactory, wrong, mediocre, lousy, terrible, awful, "
    "horrible, unpleasant, low resolution, low quality, poor quality, ghosted, vignetted, mushy, chaotic, messy, disappointing, unacceptable, smudgy, "
    "crooked, unbalanced"
)
_FAVOURABLE = (
    "sharp, clear, crisp, in focus, in sharp focus, in perfect focus, well focused, well focussed, sharply focused, perfectly focused, tack sharp, "
    "detailed, well defined, distinct, legible, readable, clearly visible, clearly rendered, clearly shown, clearly recognisable, clearly recognizable, "
    "recognisable, recognizable, distinguishable, discernible, identifiable, well preserved, preserved, retained, well retained, well exposed, properly "
    "exposed, correctly exposed, perfectly exposed, well lit, evenly lit, nicely lit, well illuminated, contrasty, punchy, vivid, vibrant, colourful, well "
    "saturated, true to life, lifelike, noise free, noiseless, blur free, artifact free, artefact free, high resolution, high quality, well resolved, "
    "flawless, pristine, faultless, undistorted, immaculate, impeccable, intact, in detail, accurate, appropriate, adequate, sufficient, ample, excellent, "
    "outstanding, superb, satisfactory, well balanced, balanced, pleasing, well rendered, well captured, well controlled, well handled, easy to see, easy "
    "to recognise, easy to recognize, easy to distinguish, easily visible, high contrast, unblemished, delicate, exquisite"
)
_WEAKLY_AGAINST = (
    "dark, dim, gloomy, soft, flat, pale, bad, poor, poorly, badly, weak, off, grey, gray, uneven, saturated, rough, harsh, distracting, vague, cluttered, "
    "off white balance, stretched, dirty"
)
_WEAKLY_FOR = (
    "bright, brightly lit, clean, smooth, natural, neutral, realistic, good, fine, great, nice, perfect, right, well, rich, lively, even, proper, correct, "
    "focused, focussed, okay, ok, acceptable, decent, better, best, beautiful, strong contrast, abundant, full, complete, enough, reasonable, just right, "
    "well judged, comfortable, harmonious, prominent, legibly"
)
_FAULTS = (
    "blur, blurring, fringe, fringes, purple fringe, blurs, blurriness, motion blur, camera shake, unsharpness, noise, noise level, noise levels, "
    "noisiness, grain, graininess, colour noise, luminance noise, chroma noise, image noise, digital noise, film grain, artifact, artifacts, artefact, "
    "artefacts, compression, compression artifacts, compression artefacts, jpeg artifacts, jpeg artefacts, blocking artifacts, blocking artefacts, block "
    "artifacts, compression blocks, blockiness, blocking, macroblocking, jagged edges, jaggies, pixelation, pixellation, mosaic blocks, aliasing, moire, "
    "ringing, halos, haloes, overexposure, over exposure, blown highlights, glare, underexposure, under exposure, haze, loss of contrast, loss of detail, "
    "loss of details, loss of sharpness, loss of texture, detail loss, colour cast, colour casts, yellow cast, blue cast, green cast, red cast, magenta "
    "cast, orange cast, tint, yellow tint, blue tint, green tint, red tint, magenta tint, orange tint, oversaturation, undersaturation, saturation "
    "problems, banding, colour banding, posterisation, posterization, distortion, distortions, degradation, degradations, vignetting, chromatic aberration, "
    "chromatic aberrations, fringing, purple fringing, ghosting, smearing, smear, focus problem, focus problems, lens flare, flare, crushed blacks, fading "
    "of the colours, faults, fault, flaw, flaws, defects, imperfections, quality problems, quality issues, noise artifacts, noise artefacts, shadow "
    "clipping, highlight clipping"
)
_ASPECTS = (
    "visual clarity, visual quality, image clarity, picture clarity, sharpness, focus, focusing, focussing, detail, details, texture, textures, texture "
    "detail, texture details, detail texture, clarity, definition, contrast, dynamic range, tonal range, tones, tone, lighting, light, illumination, "
    "brightness, luminance, exposure, colour, colours, hue, hues, colour rendition, colour reproduction, colour balance, white balance, saturation, colour "
    "saturation, resolution, quality, image quality, picture quality, outline, outlines, contour, contours, composition, framing, layering, depth of field, "
    "sense of depth, gradation, gradations, transition, transitions, crispness, visibility, legibility, detail information, information, edge definition, "
    "shape, shapes, focal point, horizon, perspective, layout, white balancing, vividness, colour accuracy, hierarchy, angle"
)
_TABLE: tuple[tuple[Entry, str], ...] = (
    (
        Entry("determiner"),
        "the, a, an, its, his, her, their, these, those, this, my, our, your, all, each, every, such, some, any, most of, much of, almost all, most, many of, "
        "some of, all of, a lot of, lots of, plenty of, many, a number of, whose, several, certain",
    ),
    (
        Entry("adverb"),
        "very, much, far, slightly, somewhat, rather, quite, fairly, pretty, really, extremely, severely, seriously, heavily, strongly, highly, badly, "
        "completely, totally, fully, entirely, partly, partially, relatively, a bit, a little, a little bit, kind of, sort of, almost, nearly, noticeably, "
        "obviously, visibly, clearly, mostly, mainly, largely, especially, particularly, equally, more, most, more or less, moderately, greatly, significantly, "
        "considerably, remarkably, perfectly, sharply, nicely, beautifully, poorly, slight, serious, severe, heavy, obvious, mild, moderate, catastrophic, "
        "certain degree of, a certain degree of, degree of, visible amounts of, as, so, well, easily, naturally, accurately, properly, correctly, "
        "exceptionally, incredibly, reasonably, pleasantly, however, then",
    ),
    (
        Entry("filler"),
        "to point at, still, also, just, only, already, again, in general, overall, on the whole, for the most part, in addition, on the other hand, however, "
        "moreover, furthermore, additionally, meanwhile, instead, therefore, thus, likewise, besides, first, secondly, finally, in contrast, by contrast, as "
        "well, together, at least, in particular, at the same time, of course, locally, alike, to some extent, to a certain extent, in places, then, similarly, "
        "intentionally, both, even, generally",
    ),
    (
        Entry("negator"),
        "not, no, never, without, without any, free of, free from, lack of, a lack of, absence of, an absence of, hardly, hardly any, barely, scarcely, "
        "nowhere, neither, none of, none, isn't, aren't, wasn't, weren't, doesn't, don't, didn't, cannot, can't, no longer, less, least, devoid of, nor, hard "
        "to, difficult to, impossible to, far from, fails to, fail to, anything but, without much, little or no",
    ),
    (Entry("adjective", -1), _ADVERSE),
    (Entry("adjective", 1), _FAVOURABLE),
    (Entry("weak", -1), _WEAKLY_AGAINST),
    (Entry("weak", 1), _WEAKLY_FOR),
    (Entry("fault", -1), _FAULTS),
    (Entry("aspect"), _ASPECTS),
    (
        Entry("seen", 1),
        "recognised, recognized, distinguished, identified, discerned, visible, noticeable, evident, apparent, present, seen, found, observed, perceptible, "
        "detectable, recognise, recognize, distinguish, discern, make out, identify",
    ),
    (
        Entry("low", -1),
        "low, invisible, little, insufficient, inadequate, minimal, negligible, few, scarce, limited, reduced, minor, not enough, barely any, hardly any, very "
        "little, absent, so so, controlled",
    ),
    (
        Entry("high", 1),
        "high, strong, large, considerable, substantial, intense, increased, pronounced, deep",
    ),
    (
        Entry("excess", -1),
        "too, overly, excessively, excessive, too much, too many, overdone, exaggerated, too high, too strong, too little",
    ),
    (
        Entry("word"),
        "lower, upper, latter, finest",
    ),
    (
        Entry("copula"),
        "is, are, was, were, be, been, being, looks, look, looked, appears, appear, appeared, seems, seem, seemed, remains, remain, becomes, become, became, "
        "feels, feel, gets, has been, have been, had been, is being, are being, may be, might be, can be, will be, turns out, comes out, come out, came out, "
        "can still be, may appear, may look, turned out, stays, stay",
    ),
    (
        Entry("holds"),
        "has, have, had, shows, show, showing, suffers from, suffer from, suffers, suffer, suffering from, contains, contain, containing, exhibits, exhibit, "
        "displays, display, possesses, features, feature, presents, having, retains, retain, preserves, preserve, keeps, gains, boasts, is affected by, are "
        "affected by, is degraded by, are degraded by, is marred by, are marred by, is full of, are full of, offers, enjoys",
    ),
    (
        Entry("lacks"),
        "lacks, lack, lacking, lacking in, loses, lose, has lost, have lost, losing, lost all, lost most of, could be, should be, needs, needs to be, need to "
        "be, could have been, could use, is lacking, are lacking, is lacking in, are lacking in, is short of, would benefit from",
    ),
    (
        Entry("makes"),
        "making, makes, make, made, leaving, left as, rendering, causing, causes, cause, caused, resulting in, results in, resulted in, leads to, lead to, "
        "leading to, renders, gives, giving, creates, creating, produces, producing",
    ),
    (
        Entry("verb"),
        "exist, exists, fade, fades, fade into, fades into, disappear, disappears, vanish, frozen, reach, reaches, see, sees, i see, runs, run, jumps, flies, "
        "swims, walks, plays, hangs, rests, rises, falls, shines, smiles, floats, moves, leans, grows, reads, running, jumping, flying, playing, stands, stand, "
        "stands out, standing, stand out, sits, lies, fills, fill, occupies, takes, take, takes up, taken, takes on, captured, captures, capture, shot, "
        "photographed, placed, located, situated, positioned, draws, attracts, distracts, distract, detracts, affects, affect, affecting, hurts, disturbs, "
        "spoils, spoil, ruins, ruin, degrades, degrade, reduces, reduce, hides, hide, adds, add, helps, help, keep, contrasts, blends, blend, focuses on, "
        "focused on, focusses on, focussed on, does, do, did, can, could, will, would, may, might, should, must, goes, comes, come, merges, surrounds, "
        "surrounding, covers, cover, covered, reflects, seems to, appears to, wearing, wears, holding, holds, walking, sitting, forms, form, allows, makes up, "
        "swallows, dominates, dominate, stood, rendered, depicted, pictured, drawn, weighs, costs, impairs, impair, highlights the, emphasises, enhances, "
        "brings, brings out, bring, conveys, consists, depicts, portrays, lit up, tells",
    ),
    (
        Entry("with"),
        "with",
    ),
    (
        Entry("preposition"),
        "in, on, at, along, across, around, over, within, near, throughout, behind, under, above, below, beside, next to, in front of, inside, outside, from, "
        "by, into, onto, beneath, toward, towards, through, as for, to, for, against, closest to, nearest to, beyond, opposite, along with",
    ),
    (
        Entry("of"),
        "of",
    ),
    (
        Entry("and"),
        "and, or, as well as, and also",
    ),
    (
        Entry("contrast"),
        "but, while, whereas, although, though, yet, even though, but also, but still, even if, not only",
    ),
    (
        Entry("relative"),
        "which, who, where, when, whom",
    ),
    (
        Entry("since"),
        "because, since, so that, such that, so much that, if, unless, until",
    ),
    (
        Entry("reason"),
        "to see, to recognise, to recognize, to distinguish, to make out, because of, due to, caused by, owing to, thanks to, despite, in spite of, as a result "
        "of, as if, like, in terms of, between, rather than, instead of, compared to, compared with, except for, apart from, as though, in order to, regardless "
        "of, according to, such as, unlike, under which",
    ),
    (
        Entry("than"),
        "than",
    ),
    (
        Entry("pronoun"),
        "it, they, them, he, she",
    ),
    (
        Entry("nobody"),
        "there, here, i, we, you, one, nothing, everything, someone, viewer, viewers, viewer's, what, something, anything, everyone, main fault, main problem, "
        "biggest problem, main issue, rest",
    ),
    (
        Entry("image"),
        "image, picture, photo, photograph, photos, images, pictures, shot itself, snapshot, scene, whole, frame, image itself, screen, picture as a whole, "
        "shooting, photographer, view",
    ),
)


def _entries() -> Mapping[tuple[str, ...], Entry]:
    found: dict[tuple[str, ...], Entry] = {}
    for entry, phrases in _TABLE:
        for phrase in phrases.split(","):
            found.setdefault(tuple(phrase.split()), entry)
    return found


ENTRIES: Mapping[tuple[str, ...], Entry] = MappingProxyType(_entries())
"""Words in a row and the part they play; where two parts claim the same words, the one that stands first in the table."""
LONGEST = max(len(words) for words in ENTRIES)


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


ALL_OF = _words(
    "majority rest half content contents part parts entirety impression aspects aspect terms way kind type level sense lot overall condition "
    "state mood feeling effect"
)
"""Words that, with "of the image" behind them or alone, name no part of it."""
NO_THINGS = _words(
    "area areas region regions spot spots way impression problem result reason thing things look feeling mass mess time extent effect contrast "
    "detail details focus view place addition general"
)
"""Words that stand where a thing's name would and are none."""
HARMS = _words(
    "affects affect hurts disturbs spoils spoil ruins ruin degrades degrade hides hide covers cover fills fill impairs impair"
)
"""Verbs whose object a fault is in."""
REAL_WORDS = _words(
    "grass glass brass class flower flowers shard sharks sharp's trained grained braided blurb clearing nosy detailing blocks clocks shirts "
    "shapes"
)
"""Words that are no slips of a quality word, though they look like it."""
