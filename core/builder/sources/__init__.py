"""Where images and descriptions come from: a file for each kind of source, and `read_source`, which opens them by name."""

from core.builder.sources.base import MAX_TEXT, Given, GivenFault, Row, Source
from core.builder.sources.image_files import IMAGE_SUFFIXES
from core.builder.sources.spec import read_source

__all__ = ["IMAGE_SUFFIXES", "MAX_TEXT", "Given", "GivenFault", "Row", "Source", "read_source"]
