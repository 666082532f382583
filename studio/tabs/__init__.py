"""One tab, one file: a dataclass of components, `build_` (layout), `wire_` (events), then plain functions."""
