"""What the Assess page shows while models speak: the canvas and the conversation with all that was said so far. No Gradio."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from studio.blocks import Block
from studio.components.canvas import CanvasRegion, CanvasValue
from studio.conversation import add_said
from studio.telling import Teller


@dataclass(frozen=True, slots=True)
class Frame:
    """`canvas` is `None` where nothing on it has changed."""

    canvas: CanvasValue | None
    blocks: tuple[Block, ...]


@dataclass(slots=True)
class Frames:
    """`before` and `blocks_before`: regions and blocks that were there already; `regions` and `blocks`: with what was said when a frame was last made."""

    canvas: CanvasValue
    before: Sequence[CanvasRegion]
    blocks_before: tuple[Block, ...]
    teller: Teller
    regions: tuple[CanvasRegion, ...] = ()
    blocks: tuple[Block, ...] = ()

    def now(self) -> Frame:
        """The canvas only if boxes have come since the last frame."""
        known = self.regions or tuple(self.before)
        frame = self.whole()
        return frame if self.regions != known else replace(frame, canvas=None)

    def whole(self) -> Frame:
        """Both, for the last frame: the page may pass over one that is followed by another at once."""
        blocks, regions = list(self.blocks_before), tuple(self.before)
        for telling in self.teller.tellings:
            block = telling.block_now(self.teller.pool)
            if telling.said is not None:
                block, regions = add_said(telling.said, block, regions)
            blocks.append(block)
        self.regions, self.blocks = regions, tuple(blocks)
        machine = tuple(region for region in regions if region.source != "drawn")
        return Frame(replace(self.canvas.with_machine_regions(machine), keeps=("heat",)), self.blocks)
