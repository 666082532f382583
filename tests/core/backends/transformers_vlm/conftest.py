"""Tiny models of every family, built and loaded once a session."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cache
from pathlib import Path

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")

import pytest

from core.backends import load
from core.backends.transformers_vlm.backend import HfModel
from tests import tiny_models


@pytest.fixture(scope="session")
def folder_of(tmp_path_factory) -> Callable[[str], Path]:
    """The folder of a family's tiny model; not to be written to."""
    import torch

    torch.set_num_threads(1)  # these models are so small that more threads only wait for each other
    return cache(lambda family: tiny_models.ALL[family](tmp_path_factory.mktemp("tiny") / f"tiny-{family}"))


@pytest.fixture(scope="session")
def model_of(folder_of) -> Callable[[str], HfModel]:
    """A family's tiny model, loaded; `llava?boxes=grid` with options."""

    def loaded(name: str) -> HfModel:
        family, mark, options = name.partition("?")
        model = load(f"hf:{folder_of(family)}{mark}{options}")
        assert isinstance(model, HfModel)
        return model

    return cache(loaded)
