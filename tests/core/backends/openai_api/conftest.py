from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.core.backends.openai_api.mischief import Mischief, running


@pytest.fixture
def server(monkeypatch) -> Iterator[Mischief]:
    """A server that behaves until it is told otherwise, and no key in the environment."""
    for variable in ("OPENAI_API_KEY", "GIQA_OPENAI_KEY"):
        monkeypatch.delenv(variable, raising=False)
    with running() as made:
        yield made
