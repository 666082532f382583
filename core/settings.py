"""The studio's settings: the only reader of the command line and the environment.

A flag wins over its environment variable, that over the default. On a Space (`SPACE_ID` is set) the address is the one that Spaces expect.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, cast

from core.backends.registry import known_names, read_name
from core.errors import InvalidSettings, UnknownBackend
from core.images import MAX_BYTES, MAX_PIXELS
from core.people import ROLES, Role

SPACE_HOST, SPACE_PORT = "0.0.0.0", 7860
"""Where a Space's proxy looks for the app."""


Auth = Literal["none", "accounts", "huggingface"]
"""Who may come in: everybody, as one person; people with accounts of the studio's own; people whom Hugging Face vouches for and the operator names."""


@dataclass(frozen=True, slots=True)
class OAuth:
    """How a Space asks Hugging Face who somebody is. `allowed`: user and organisation names, each with a role; the first is the admin's."""

    client_id: str
    client_secret: str = field(repr=False)
    provider: str
    allowed: tuple[tuple[str, Role], ...]
    host: str | None


@dataclass(frozen=True, slots=True)
class Settings:
    """What an operator decides. `backends`: those that visitors may choose among, never empty; the first is the one at start.

    `model_memory_bytes`: what models may take together; `None` leaves it to `core.backends.memory`. `database_url`: of a PostgreSQL server; `None`: a file of `data_dir`.
    """

    host: str
    port: int
    data_dir: Path
    backends: tuple[str, ...]
    max_upload_bytes: int
    max_image_pixels: int
    on_space: bool
    model_memory_bytes: int | None = None
    database_url: str | None = None
    auth: Auth = "none"
    oauth: OAuth | None = None
    submissions: str | None = None

    @property
    def is_private(self) -> bool:
        """Whether only this machine's own people reach the studio: they may name its folders."""
        return not self.on_space and self.host in ("127.0.0.1", "localhost", "::1")

    @property
    def backend(self) -> str:
        """The backend at start."""
        return self.backends[0]


def parse_settings(argv: Sequence[str], environ: Mapping[str, str]) -> Settings:
    """Settings from arguments (without the program's name) and environment variables. `--help` prints every option and exits.

    Raises `InvalidSettings`, which names the option at fault and the fix.
    """
    given = _given(argv, environ)
    on_space = bool(environ.get("SPACE_ID"))
    if on_space:
        _refuse_address(given)
    auth = _auth(given, environ)
    return Settings(
        host=SPACE_HOST if on_space else _address(given["host"]),
        port=SPACE_PORT if on_space else _whole(given["port"], 1, 65_535),
        data_dir=_folder(given["data_dir"]),
        backends=_backends(given["backend"]),
        max_upload_bytes=_whole(given["max_upload_mb"], 1, 4_096) * 2**20,
        max_image_pixels=_whole(given["max_megapixels"], 1, 1_000) * 10**6,
        on_space=on_space,
        model_memory_bytes=_gigabytes(given["model_memory_gb"]),
        database_url=_database(given["database_url"]),
        auth=auth,
        oauth=_oauth(given, environ) if auth == "huggingface" else None,
        submissions=_repository(given["submissions"]),
    )


@dataclass(frozen=True, slots=True)
class _Option:
    """One setting as a person gives it; its flag and its environment variable follow from its name."""

    name: str
    metavar: str
    help: str
    default: str
    several: bool = False  # words apart, or the flag with several values

    @property
    def flag(self) -> str:
        return "--" + self.name.replace("_", "-")

    @property
    def variable(self) -> str:
        return "GIQA_" + self.name.upper()


_OPTIONS = (
    _Option("host", "ADDRESS", "address to serve on; 0.0.0.0 lets other machines in", "127.0.0.1"),
    _Option("port", "NUMBER", "port to serve on", "7860"),
    _Option("data_dir", "FOLDER", "where images and results are kept", "data"),
    _Option("database_url", "URL", "PostgreSQL server for tasks and revisions: postgresql+psycopg://USER:PASSWORD@HOST/NAME", "a file in the data folder"),
    _Option("backend", "NAME", f"model ({', '.join(known_names())}); with several, visitors choose, the first is the default", "embedded", True),
    _Option("auth", "WAY", "who may come in: none (everybody, as one person), accounts (people you invite), huggingface (on a Space)", "none"),
    _Option("allow", "NAME", "Hugging Face users and organisations that may come in, as NAME or NAME:ROLE; the first is the admin", "the Space's owner", True),
    _Option("submissions", "OWNER/NAME", "data set on the Hugging Face hub that submissions are sent to, and brought back from at start", "none: they stay here"),
    _Option("model_memory_gb", "NUMBER", "memory that models may take together, in gigabytes", "0.8 of what is free"),
    _Option("max_upload_mb", "NUMBER", "largest file accepted, in megabytes", str(MAX_BYTES // 2**20)),
    _Option("max_megapixels", "NUMBER", "largest image accepted, in megapixels", str(MAX_PIXELS // 10**6)),
)


@dataclass(frozen=True, slots=True)
class _Given:
    """What was given for one option, and where: `--port`, `GIQA_PORT`, or `None` for the default."""

    words: tuple[str, ...]
    origin: str | None

    @property
    def text(self) -> str:
        return " ".join(self.words)

    def __str__(self) -> str:
        return f'{self.origin or "the default"} "{self.text}"'


def _given(argv: Sequence[str], environ: Mapping[str, str]) -> dict[str, _Given]:
    flags: Mapping[str, str | list[str] | None] = vars(_parser().parse_args(argv))
    return {option.name: _choice(option, flags[option.name], environ.get(option.variable)) for option in _OPTIONS}


def _choice(option: _Option, flag: str | list[str] | None, variable: str | None) -> _Given:
    """The flag's words, else those of a variable that is not empty, else the default."""
    if flag is not None:
        return _Given((flag,) if isinstance(flag, str) else tuple(flag), option.flag)
    if variable:
        return _Given(tuple(variable.split()) if option.several else (variable,), option.variable)
    return _Given((option.default,), None)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python app.py",
        description="GIQA Studio: ask any photograph about its quality, in the browser.",
        epilog="Each option can also be set by the environment variable beside it; the flag wins.",
        allow_abbrev=False,
    )
    for option in _OPTIONS:
        text = f"{option.help} [{option.variable}; default {option.default}]"
        count = "+" if option.several else None
        parser.add_argument(option.flag, dest=option.name, metavar=option.metavar, nargs=count, help=text)
    return parser


def _repository(given: _Given) -> str | None:
    """`None` where nothing was given."""
    if given.origin is not None and not re.fullmatch(r"[\w.-]{1,96}/[\w.-]{1,96}", given.text):
        raise InvalidSettings(f"{given}: a data set on the hub is called OWNER/NAME.")
    return given.text if given.origin else None


def _auth(given: Mapping[str, _Given], environ: Mapping[str, str]) -> Auth:
    """On a Space with `hf_oauth: true` people sign in unless the operator says otherwise."""
    wanted, on_space = given["auth"], bool(environ.get("SPACE_ID"))
    found = "huggingface" if wanted.origin is None and on_space and environ.get("OAUTH_CLIENT_ID") else wanted.text
    if found not in ("none", "accounts", "huggingface"):
        raise InvalidSettings(f"{wanted}: give none, accounts or huggingface.")
    if found == "accounts" and on_space and given["database_url"].origin is None:
        raise InvalidSettings(f"{wanted}: a Space forgets its accounts at every restart. Take huggingface, with hf_oauth: true in README.md, or give a --database-url.")
    if found != "huggingface" and given["allow"].origin is not None:
        raise InvalidSettings(f"{given['allow']}: names of Hugging Face go with --auth huggingface. People with --auth accounts come by invitation.")
    return cast("Auth", found)


def _oauth(given: Mapping[str, _Given], environ: Mapping[str, str]) -> OAuth:
    needed = ("OAUTH_CLIENT_ID", "OAUTH_CLIENT_SECRET", "OPENID_PROVIDER_URL")
    missing = [name for name in needed if not environ.get(name)]
    if missing:
        raise InvalidSettings(f"{given['auth']}: {', '.join(missing)} not set. A Space sets them where README.md says hf_oauth: true; elsewhere take --auth accounts.")
    words = given["allow"].words if given["allow"].origin else tuple(environ.get("SPACE_ID", "").split("/")[:1])
    allowed = tuple(_allowed(given["allow"], word, first=index == 0) for index, word in enumerate(words) if word)
    if not allowed:
        raise InvalidSettings(f"{given['auth']}: nobody is let in. Name users or organisations with --allow.")
    host = environ.get("SPACE_HOST", "").split(",")[0].strip()
    return OAuth(environ[needed[0]], environ[needed[1]], environ[needed[2]].rstrip("/"), allowed, host or None)


def _allowed(given: _Given, word: str, *, first: bool) -> tuple[str, Role]:
    name, _, role = word.partition(":")
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,95}", name) or role not in ("", *ROLES):
        raise InvalidSettings(f"{given}: give NAME or NAME:ROLE, the role one of {', '.join(ROLES)}; found {word!r}.")
    return name.lower(), cast("Role", role or ("admin" if first else "annotator"))


def _refuse_address(given: Mapping[str, _Given]) -> None:
    fixed = {"host": SPACE_HOST, "port": str(SPACE_PORT)}
    for name, expected in fixed.items():
        if given[name].origin is not None and given[name].text != expected:
            raise InvalidSettings(f"A Space is served on {SPACE_HOST}:{SPACE_PORT}, found {given[name]}: leave it out.")


def _address(given: _Given) -> str:
    if not given.text or any(character.isspace() for character in given.text):
        raise InvalidSettings(f"{given}: give an address, such as 127.0.0.1 for this machine alone or 0.0.0.0 for every machine that reaches it.")
    return given.text


def _whole(given: _Given, lowest: int, highest: int) -> int:
    if not (given.text.isascii() and given.text.isdigit() and len(given.text) <= 9 and lowest <= int(given.text) <= highest):
        raise InvalidSettings(f"{given}: give a whole number from {lowest} to {highest}.")
    return int(given.text)


def _gigabytes(given: _Given) -> int | None:
    """Bytes; `None` where nothing was given."""
    if given.origin is None:
        return None
    if not re.fullmatch(r"[0-9]{1,6}(\.[0-9]{1,3})?", given.text) or float(given.text) == 0:
        raise InvalidSettings(f"{given}: give a number of gigabytes above 0, such as 12 or 0.5.")
    return round(float(given.text) * 10**9)


def _database(given: _Given) -> str | None:
    """The address is not repeated in the error: a password may stand in it."""
    if given.origin is None:
        return None
    if not re.match(r"postgres(ql)?(\+psycopg)?://", given.text):
        raise InvalidSettings(f"{given.origin}: give postgresql+psycopg://USER:PASSWORD@HOST/NAME, or leave it out to keep everything in the data folder.")
    return given.text


def _folder(given: _Given) -> Path:
    path = Path(given.text)
    if path.exists() and not path.is_dir():
        raise InvalidSettings(f"{given}: this is a file. Name a folder, which is made if need be.")
    return path


def _backends(given: _Given) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(given.words))
    if not names:
        raise InvalidSettings(f"{given}: name at least one backend.")
    for name in names:
        try:
            read_name(name)
        except UnknownBackend as error:
            found = given if name in str(error) else given.origin  # an error that does not repeat the name has a reason: a key stands in it
            raise InvalidSettings(f"{found}: {error}") from error
    return names
