"""Taggers, questioners and detectors made of any language model: our own words in, strict JSON or boxes out, and nothing that a model says believed unchecked."""

from core.builder.prompted.detector import PromptedDetector
from core.builder.prompted.questioner import PromptedQuestioner
from core.builder.prompted.tagger import PromptedTagger

__all__ = ["PromptedDetector", "PromptedQuestioner", "PromptedTagger"]
