"""Everyday words that carry no fault: places, the image itself, fillers, and what is off the subject. Lower case, British spelling."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _phrases(table: Mapping[str, str]) -> Mapping[tuple[str, ...], str]:
    return MappingProxyType({tuple(phrase.split()): key for key, phrases in table.items() for phrase in phrases.split(",")})


PLACES: Mapping[tuple[str, ...], str] = _phrases({
    "upper left": "upper left, top left, left top, left upper, upper left part, upper lefthand",
    "upper middle": "upper middle, top middle, top centre, upper centre, middle top, centre top",
    "upper right": "upper right, top right, right top, right upper",
    "middle left": "middle left, centre left, left middle, left centre, mid left, left of centre",
    "middle right": "middle right, centre right, right middle, right centre, mid right, right of centre",
    "lower left": "lower left, bottom left, left bottom, left lower",
    "lower middle": "lower middle, bottom middle, bottom centre, lower centre, middle bottom",
    "lower right": "lower right, bottom right, right bottom, right lower",
    "centre": "centre, middle, central, dead centre, mid, very centre",
    "top": "top, upper, uppermost, topmost",
    "bottom": "bottom, lower, lowermost, bottommost",
    "left side": "left, left side, left hand, left hand side, lefthand, leftmost, far left",
    "right side": "right side, right hand, right hand side, righthand, rightmost, far right",
    "upper half": "upper half, top half, upper part",
    "lower half": "lower half, bottom half, lower part",
    "left half": "left half",
    "right half": "right half",
    "top edge": "top edge, upper edge, top border, upper border",
    "bottom edge": "bottom edge, lower edge, bottom border, lower border",
    "left edge": "left edge, left border",
    "right edge": "right edge, right border",
    "corners": "corners, all corners, four corners",
    "edges": "edges, borders, margins, periphery, frame edges, image edges",
    "background": "background, backdrop, back, distance, backgrounds, behind",
    "subject": "subject, main subject, foreground, main object, front, main part, focal point, subjects, motif, centre of interest",
    "brightest area": "brightest, brightest area, brightest part, highlights, bright areas, bright area, bright parts, bright part,"
    " lightest, lightest area, bright spot, brightest spot, bright spots, bright region, brightest region",
    "darkest area": "darkest, darkest area, darkest part, shadows, shadow, dark areas, dark area, dark parts, dark part, dark"
    " region, darkest region, darkest spot, dark spots, shaded area, shade",
    "sharpest area": "sharpest area, sharpest part, most detailed area, most detailed part, sharp area, sharp part, detailed area, in focus area",
    "smoothest area": "smoothest area, smooth area, flat areas, smooth areas, plain areas, uniform areas",
    "sky": "sky, skies, the heavens",
    "face": "face, faces, head, heads, his face, her face, facial area",
    "person": "person, people, persons, man, woman, men, women, girl, boy, girls, boys, human, humans, child, children, guy, lady, kid, kids, baby",
    "rest": "rest, elsewhere, remainder, others, everything else, surroundings, surrounding, other parts, other areas, other part",
    "whole image": "everywhere, overall, entire, whole, all over, throughout, general, generally, full frame, in total",
})
"""Words for places -> the name of a place; "right" alone is none, since it also means correct."""

IMAGE_WORDS = _words(
    "image images picture pictures photo photos photograph photographs photography pic pics shot shots frame scene snapshot capture file"
    " photographic"
)

POINTING_WORDS = _words("this that these those it its it's here there they them one ones")

REGION_WORDS = _words(
    "part parts area areas region regions place places spot spots section sections zone zones side sides portion portions box boxes"
    " rectangle selection selections crop bit piece patch corner edge half quarter third location locations position positions"
    " square object objects bounding drawn selected marked highlighted"
)

GOOD_WORDS = _words(
    "good fine great ok okay acceptable nice excellent correct accurate proper adequate decent alright satisfactory usable"
    " high-quality professional superb solid better best right well optimal ideal sufficient ample enough balanced appropriate"
    " properly correctly lovely useful publishable printable presentable"
)

BAD_WORDS = _words(
    "bad poor terrible awful incorrect inaccurate unacceptable off unusable horrible worse worst poorly badly unbalanced improper"
    " unsatisfactory mediocre lousy inferior amateurish missed ugly-looking disappointing shoddy"
)

LOW_WORDS = _words("low little lacking insufficient weak reduced less few minimal scarce lower lowest lost limited")

HIGH_WORDS = _words("high strong much lot lots excessive too heavy many plenty stronger higher strongest highest overdone boosted exaggerated")

STRONG_WORDS = _words("very strongly severely heavily seriously extremely badly terribly severe serious strong heavy obvious"
" obviously highly significantly considerably significant")

MILD_WORDS = _words("slight slightly mild mildly minor negligible weak weakly little bit subtle faint")

WHOLE_WORDS = _words("whole entire entirely everywhere throughout completely fully totally wholly")

NEGATORS = _words("not no never without free lack lacks lacking hardly barely isn't aren't doesn't don't wasn't nor none nothing"
" cannot can't hasn't haven't absent devoid missing neither")

AUXILIARIES = _words(
    "is are was were am do does did has have had can could will would shall should may might must isn't aren't wasn't weren't"
    " doesn't don't didn't hasn't haven't can't couldn't won't wouldn't shouldn't ain't"
)

FILLERS = _words(
    "a an the some any of in on at to for from by with as and or but than then so if whether be been being i you we me my your our"
    " us he she his her him their see seem seems seemed look looks looked looking appear appears appeared find found there exist"
    " exists existing show shows showing shown contain contains containing have got get gets suffer suffers suffering affected"
    " affect affects say said tell think thinks thought consider call called rate rated rating describe described judge judged"
    " assess assessed evaluate evaluated believe feel feels would like know want notice noticed noticeable noticeably visible"
    " visibly present presence spot detect detected detectable please thanks thank hi hello hey ok okay well now also again just"
    " only even still quite rather fairly pretty kind sort somewhat slightly bit little slight moderate mild really very at all"
    " ever actually honestly generally basically simply exactly mostly mainly overall enough too much more most less least as same"
    " both each every either which what where why how when who whose whom come make makes made making cause causes caused causing"
    " reason reasons because due give gives point out locate mark show highlight indicate identify name list tell explain main"
    " biggest major most obvious important primary worst level degree amount extent type types kind kinds sort sorts form severity"
    " severe severely intensity strength bad badly good strong strongly heavy heavily large big small minor tiny different"
    " difference compare compared comparison between versus vs many number count several two three four first second third let's"
    " let about regarding concerning terms term word words inside within around near next across along over under into onto through"
    " up down off out up one thing things something anything nothing everything aspect aspects matter matters happened happening"
    " happens wrong going goes sure certain certainly definitely confident really true false correct right yes no maybe perhaps"
    " possibly probably score grade mark marks points scale percent do does did doing done is are was were am be has had can could"
    " will shall should may might must not n't never without free lack lacks lacking hardly barely isn't aren't wasn't weren't"
    " doesn't don't didn't hasn't haven't can't couldn't won't wouldn't shouldn't ain't cannot none neither nor other another taken"
    " shot photographed captured rendered looks' way ways case such those that this these it its it's they them here use used using"
    " e.g etc impression opinion view signs sign trace traces evidence hint hints visible's affecting impaired impact effect better"
    " best worse good's summarise summarize summary overview analyse analyze evaluate outline agree sizes need needs answer size megapixels"
    " dimensions"
    " what's where's how's that's there's i'm you're i'd i've teh when whole entire full complete specific particular particularly"
    " especially exact tool saved exported stored uploaded downloaded equally similar similarly half part parts"
)

OFF_SUBJECT = _words(
    "who whose joke jokes poem poems story stories song recipe weather instruction instructions prompt prompts pretend translate"
    " code python password system breed species age old brand price cost year date location country city name's famous celebrity"
    " beautiful beauty pretty-looking ugly composition composed aesthetic aesthetics aesthetically attractive artistic art mood"
    " emotion emotions emotional feeling style happy sad smiling cute funny interesting boring meaning symbolism caption title"
    " history edit fix repair improve enhance remove restore retouch crop-it sharpen photoshop lightroom camera lens aperture"
    " shutter capital president math calculate equation delete download hack ignore disregard override roleplay ai chatgpt gpt"
    " forget rules obey developer wearing eating holding doing breeds author photographer gender race ethnicity"
)
"""Subjects that no statistic of quality settles; a question with one of them is declined."""

UNMEASURED = _words(
    "vignette vignetted vignetting chromatic aberration aberrations fringing oversharpened oversharpening halo halos haloes moire"
    " moiré flare ghosting dust scratch scratches tilted tilt crooked straight horizon perspective barrel pincushion hdr watermark"
    " watermarked cropped cropping framing framed framings redeye uneven unevenly uniform uniformly evenly distributed"
)
"""Faults and matters of craft for which this model has no measure."""

FOREIGN = _words(
    "est-ce ist das der die und nicht ein eine bild scharf unscharf wo warum wie welche sind la le les une est où pourquoi quelle"
    " qualité floue flou el los una imagen borrosa dónde donde por qué porque cómo está es il immagine sfocata perché dove è são"
    " uma onde imagem het een beeld waar waarom wat är bilden var det billedet är och zdjęcie czy gdzie resim bu mi nerede neden"
    " gambar apakah dimana kenapa ảnh này có"
)

ENGLISH = FILLERS | AUXILIARIES | IMAGE_WORDS | GOOD_WORDS | BAD_WORDS
"""Words that mark a question as English."""

REAL_WORDS = _words(
    "shark share shape shade shared grade grape brain train noose nose nurse horse house bland blend bleed blurb blunt brick black"
    " blue block clock cloud clown close cloth flag flap fleet foot frog dog dress dream drum dusk dark day daisy hair harp hay"
    " host cars cast castle coast tent tint tins paint pail paper pan panel pine focus fork fuss grass green grin groom smart small"
    " smile smoke snail sweet soft sofa spark stone store stand static station street stream stripe steep step moose mouse muse"
    " mist mosque music noisy cream crest crisps crips cross clean clerk cleat deer door duke doll dull dial dime over oven sleep"
    " slate sheep ship shirt shoe shore shop short shot light lights bright bride bridge bring brine bent bench bunting landing"
    " lending building bedding wedding bonding binding bending hand handing tower flower flour flood floor mountain fountain"
    " building car cat bird tree boat beach plane plate plant blinds bloom bottle box bread basket ball balloon banana bush button"
    " water window wall wood"
)
"""Real words that are no slips of a fault word, though they look like it."""
