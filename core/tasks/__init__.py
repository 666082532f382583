"""What is asked of a model: an image in, a checked value out, whatever kind of model answers."""

from core.tasks.answer import answer
from core.tasks.compare import compare
from core.tasks.describe import describe
from core.tasks.score import score

__all__ = ["answer", "compare", "describe", "score"]
