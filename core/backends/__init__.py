"""Models behind one door: `load(name)` gives an object with one or more of the protocols in `core.backends.base`."""

from core.backends.registry import load

__all__ = ["load"]
