"""A dataclass as a command line."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

import pytest

from core.command_line import add_options


@dataclass(frozen=True)
class Config:
    photos: Path
    folders: tuple[Path, ...]
    more: tuple[Path, ...] = ()
    out_file: Path | None = None
    name: str = ""
    rate: float = 0.5
    count: int = 3


HELP = dict.fromkeys(("photos", "folders", "more", "out_file", "name", "rate", "count"), "words")


def parsed(*arguments: str) -> Config:
    parser = argparse.ArgumentParser(prog="it")
    add_options(parser, Config, HELP)
    return Config(**vars(parser.parse_args(arguments)))


def test_fields_are_flags_and_their_defaults_the_defaults() -> None:
    assert parsed("--photos", "a", "--folders", "b", "c") == Config(Path("a"), (Path("b"), Path("c")))
    given = parsed("--photos", "a", "--folders", "b", "--more", "d", "--out-file", "e", "--name", "f", "--rate", "1", "--count", "4")
    assert given == Config(Path("a"), (Path("b"),), (Path("d"),), Path("e"), "f", 1.0, 4) and hash(given)


@pytest.mark.parametrize("arguments", [("--photos", "a"), ("--photos", "a", "--folders"), ("--photos", "a", "--folders", "b", "--count", "x"), ("--nothing",)])
def test_what_is_missing_or_wrong_is_told_with_status_2(arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as refusal:
        parsed(*arguments)
    assert refusal.value.code == 2 and "error:" in capsys.readouterr().err


def test_every_field_is_explained() -> None:
    with pytest.raises(KeyError, match="count"):
        add_options(argparse.ArgumentParser(), Config, {name: "words" for name in HELP if name != "count"})
