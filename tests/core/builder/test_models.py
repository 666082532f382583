"""A build by models of any name: one for all parts, one for each, behind a server, and what is kept of who did what."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from core.backends import load
from core.backends.embedded.version import weights_digest
from core.builder.__main__ import main, parse_args
from core.builder.config import BuildConfig
from core.builder.pipeline import Pipeline
from core.builder.prompted.wording import wordings_digest
from core.export.giqa import read_folder, validate
from core.images import open_image
from core.records import ImageReference
from tests.core.backends.openai_api.mischief import Exchange, alternatives, always, in_turn, running, said

TEXT = "The face is clear, but the background is very noisy."
TAGS = [{"phrase": "face", "quality": "clear", "effect": "positive"}, {"phrase": "background", "quality": "very noisy", "effect": "negative"}]
PAIRS = [
    {"kind": "yes_no", "question": "Is the background noisy?", "answer": "Yes."},
    {"kind": "what", "question": "Which part of the photograph is clear?", "answer": "The face."},
]
RULES = [
    {"when": "list the things they judge", "reply": json.dumps(TAGS)},
    {"when": "write questions and answers", "reply": json.dumps(PAIRS)},
    {"when": "in the photograph: face", "reply": "The [face](<42, 129>, <0, 21>)."},
    {"when": "in the photograph: background", "reply": "Not in the image."},
    {"when": "quality clear", "probabilities": {"Yes": 0.9, "No": 0.1}},
    {"when": "Look at the technical quality", "reply": "The [background](<0, 399>) is very noisy."},
]


@pytest.fixture
def script(tmp_path) -> Path:
    """A model that does every part."""
    path = tmp_path / "model.json"
    path.write_text(json.dumps({"rules": RULES}))
    return path


@pytest.fixture
def rows(tmp_path, blurred_photograph) -> Path:
    path = tmp_path / "rows.jsonl"
    path.write_text("\n".join(json.dumps({"image": str(blurred_photograph.name), **({"text": text} if text else {})}) for text in (TEXT, "")))
    return path


def built(out: Path, *arguments: object):
    main(["run", "--out", str(out), *map(str, arguments)])
    manifest, found = read_folder(out)
    assert validate(out) == []
    return manifest, list(found.records()), list(found.dropped())


def test_a_vision_language_model_takes_every_part(tmp_path, script, rows, blurred_photograph):
    name = f"scripted:{script}"
    manifest, records, dropped = built(tmp_path / "out", "--source", rows, "--images", blurred_photograph.parent, "--backend", name)
    first, second = records
    assert dropped == [] and [(tag.phrase, tag.effect) for tag in first.tags] == [("face", "positive"), ("background", "negative")]
    assert [first.description.text[one.start : one.end] for one in first.description.phrases] == ["face"]
    assert [(one.provenance.status, one.provenance.source, one.provenance.probability) for one in first.regions] == [("kept", name, 0.9)] * 2
    assert [(one.kind, one.form) for one in first.questions] == [("yes_no", "plain"), ("what", "grounding")]
    assert second.description.text == "The background is very noisy." and second.description.phrases
    assert (first.provenance.backend, dict(first.provenance.versions)) == (name, {"prompts": wordings_digest()})
    assert manifest.config["backend"] == name and "tagger" not in manifest.config


def test_each_part_has_its_own_model_loaded_once_and_recorded(tmp_path, script, blurred_photograph):
    tagger, detector = tmp_path / "tagger.json", tmp_path / "detector.json"
    for path in (tagger, detector):
        path.write_text(script.read_text())
    names = {"tagger": f"scripted:{tagger}", "detector": f"scripted:{detector}", "filter_model": f"scripted:{detector}"}
    loads: list[str] = []

    def loading(name):
        loads.append(name)
        return load(name)

    config = BuildConfig(Path(), Path(), **names)
    image = open_image(blurred_photograph)
    record = Pipeline.of(load("embedded"), config, loading).record(image, ImageReference(image.sha256, image.size), "set", 0, TEXT)
    assert loads == [names["tagger"], names["detector"]]
    parts = {"tagger": names["tagger"], "detector": names["detector"], "filter": names["detector"]}
    assert dict(record.provenance.versions) == {**parts, "prompts": wordings_digest(), "embedded": weights_digest()}
    assert record.provenance.backend == "embedded" and {one.provenance.source for one in record.regions} == {names["detector"]}


def test_the_names_stand_in_the_config_and_another_name_is_another_build(tmp_path, script, rows, blurred_photograph, capsys):
    arguments = ["--source", rows, "--images", blurred_photograph.parent, "--limit", 1, "--tagger", f"scripted:{script}"]
    manifest, _, _ = built(tmp_path / "out", *arguments)
    assert (manifest.config["backend"], manifest.config["tagger"]) == ("embedded", f"scripted:{script}")
    with pytest.raises(SystemExit):
        built(tmp_path / "out", *arguments[:-2])
    assert "it was made with other options" in capsys.readouterr().err


def test_without_other_names_a_build_is_the_embedded_models_own(tmp_path, rows, blurred_photograph):
    manifest, records, _ = built(tmp_path / "out", "--source", rows, "--images", blurred_photograph.parent)
    assert set(manifest.config) == {
        "backend", "balance", "copy_images", "detector_threshold", "examples", "filter", "filter_probability", "limit", "max_area", "merge", "min_coverage", "mix",
        "no_answers", "seed", "shard_size", "source", "source_digest",
    }  # fmt: skip
    assert all((record.provenance.backend, dict(record.provenance.versions)) == ("embedded", {"embedded": weights_digest()}) for record in records)


def test_a_tagger_that_talks_costs_its_row_and_no_more(tmp_path, rows, blurred_photograph):
    talk = [{"when": when, "reply": "Certainly! Let me see."} for when in ("Text: The face", "cannot be used")]
    (tmp_path / "talks.json").write_text(json.dumps({"rules": talk, "default": "[]"}))
    _, records, dropped = built(tmp_path / "out", "--source", rows, "--images", blurred_photograph.parent, "--tagger", f"scripted:{tmp_path / 'talks.json'}")
    assert [record.row for record in records] == [1]
    assert [(one.row, one.reason) for one in dropped] == [(0, "model failed")] and "gave no tags, asked twice" in dropped[0].detail


def test_the_command_line_names_the_parts():
    parsed = parse_args(["run", "--source", "a", "--out", "b", "--tagger", "t", "--detector", "d", "--filter-model", "f", "--questioner", "q"])
    assert parsed.build == BuildConfig(("a",), Path("b"), tagger="t", detector="d", filter_model="f", questioner="q")


def serving(exchange: Exchange, asked) -> None:
    """The scripted model's rules, spoken by a server with log-probabilities."""
    for rule in RULES:
        if re.search(rule["when"], asked.text):
            chances = alternatives(Yes=-0.1, No=-2.3) if "probabilities" in rule else None
            exchange.json(said(rule.get("reply", "Yes"), logprobs=chances))
            return
    exchange.json(said("I cannot tell."))


def test_a_server_takes_every_part_and_may_fail_now_and_then(tmp_path, rows, blurred_photograph, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    with running() as server:
        count = iter(range(1000))
        server.behaviour = lambda exchange, asked: always({}, 500)(exchange, asked) if next(count) % 3 == 2 else serving(exchange, asked)
        _, records, dropped = built(tmp_path / "out", "--source", rows, "--images", blurred_photograph.parent, "--backend", server.name())
        again = built(tmp_path / "again", "--source", rows, "--images", blurred_photograph.parent, "--backend", server.name())[1]
    assert dropped == [] and records == again and len(records) == 2
    assert records[0].description.phrases and records[0].questions and records[0].provenance.backend == server.name()
    assert all(b"sk-secret" not in path.read_bytes() for path in (tmp_path / "out").rglob("*") if path.is_file())


@pytest.mark.slow
def test_a_server_that_goes_away_ends_the_build_which_goes_on_later(tmp_path, rows, blurred_photograph, capsys):
    arguments = ["--source", rows, "--images", blurred_photograph.parent]
    with running() as server:
        server.behaviour = in_turn(serving, always({}, 503))
        name = server.name("retries=0")
        with pytest.raises(SystemExit):
            built(tmp_path / "out", *arguments, "--backend", name)
        assert "has too much to do, or is not ready" in capsys.readouterr().err
        server.behaviour = serving
        assert len(built(tmp_path / "out", *arguments, "--backend", name)[1]) == 2
