"""What trainings put on offer: kept across restarts, left out where it is gone, taken away again."""

from __future__ import annotations

import pytest

from core.backends.pool import ModelPool
from core.errors import UnknownBackend
from studio.offers import ModelOffers


@pytest.fixture
def taught(tmp_path) -> str:
    folder = tmp_path / "run" / "out"
    folder.mkdir(parents=True)
    return f"embedded:{folder}"


def opened(tmp_path) -> tuple[ModelOffers, ModelPool]:
    pool = ModelPool(("hf:a", "embedded"))
    return ModelOffers(tmp_path / "data" / "models.json", pool), pool


def test_what_is_on_offer_and_the_default_survive_a_restart(tmp_path, taught):
    offers, _ = opened(tmp_path)
    offers.offer(taught, "Taught <b>once</b>")
    offers.prefer(taught)
    again, pool = opened(tmp_path)
    assert (dict(again.titles), again.preferred, pool.names) == ({taught: "Taught <b>once</b>"}, taught, (taught, "hf:a", "embedded"))
    again.prefer(None)
    again.withdraw(taught)
    again.withdraw(taught)
    last, pool = opened(tmp_path)
    assert (dict(last.titles), last.preferred, pool.names) == ({}, None, ("hf:a", "embedded"))


def test_a_model_whose_folder_is_gone_is_offered_no_longer(tmp_path, taught):
    offers, _ = opened(tmp_path)
    offers.offer(taught, "Taught")
    offers.prefer(taught)
    (tmp_path / "run" / "out").rmdir()
    again, pool = opened(tmp_path)
    assert (dict(again.titles), pool.names) == ({}, ("hf:a", "embedded"))


@pytest.mark.parametrize("damage", ["", "[]", '{"offered": 3, "default": null}', '{"offered": {"nonsense:x": "x"}, "default": "nonsense:x"}', '{"default": "hf:a"}'])
def test_a_damaged_file_keeps_no_studio_from_starting(tmp_path, damage):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "models.json").write_text(damage)
    offers, pool = opened(tmp_path)
    assert (dict(offers.titles), pool.names) == ({}, ("hf:a", "embedded"))


def test_a_name_that_could_never_be_loaded_is_refused_and_not_kept(tmp_path):
    offers, _ = opened(tmp_path)
    with pytest.raises(UnknownBackend):
        offers.offer("hf", "x")
    assert dict(offers.titles) == {} and not (tmp_path / "data" / "models.json").exists()
