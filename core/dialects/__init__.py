"""How a model writes boxes in its text, and how that is read: one dialect per file."""

from core.dialects.base import Dialect
from core.dialects.json_boxes import JsonBoxes
from core.dialects.kosmos import KosmosTags
from core.dialects.markup import GRID_MARKUP, Markup

__all__ = ["GRID_MARKUP", "Dialect", "JsonBoxes", "KosmosTags", "Markup"]
