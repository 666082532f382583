"""Which server, which model, and how patiently: read from a backend's name, and the key from the environment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from urllib.parse import urlsplit

from core.backends.names import BackendName
from core.errors import BackendUnavailable, UnknownBackend

KEY_VARIABLES = ("GIQA_OPENAI_KEY", "OPENAI_API_KEY")
"""Where the key stands; the first that is set is taken. No option, file or address holds one."""

_LONGEST_MESSAGE = 300


@dataclass(frozen=True, slots=True)
class Server:
    """`address`: without a slash at its end. `key`: in no `repr`, log, record or message. `timeout_seconds`: for a whole reply, each try anew."""

    address: str
    model: str
    key: str = field(default="", repr=False)
    timeout_seconds: float = 60.0
    retries: int = 4
    concurrency: int = 4

    @property
    def is_here(self) -> bool:
        """Whether it is this machine, which is reached without a proxy."""
        host = urlsplit(self.address).hostname or ""
        try:
            return ip_address(host).is_loopback
        except ValueError:
            return host == "localhost"

    def quoted(self, said: str, longest: int = _LONGEST_MESSAGE) -> str:
        """The server's own words for a message: on one line, not endless, and without the key, should it have sent that back: cut after that is
        taken out, never before, or a part of the key would stay."""
        shown = said.replace(self.key, "***") if self.key else said
        words = " ".join("".join(character if character.isprintable() else " " for character in shown[:4_000]).split())
        return words if len(words) <= longest else words[:longest] + "…"


def server_of(name: BackendName, environ: Mapping[str, str]) -> Server:
    """Raises `UnknownBackend` for an address or an option that makes no sense, `BackendUnavailable` for a key that cannot be one."""
    return Server(
        _address(name),
        name.model,
        _key(environ),
        timeout_seconds=name.number("timeout", 60, 0.1, 3_600),
        retries=int(name.number("retries", 4, 0, 20)),
        concurrency=int(name.number("concurrency", 4, 1, 256)),
    )


def _address(name: BackendName) -> str:
    example = "write one such as http://localhost:8000/v1"
    try:
        parts = urlsplit(name.target)
        readable = parts.scheme in ("http", "https") and parts.hostname and (parts.port or 1) and name.target.isprintable() and " " not in name.target
    except ValueError:
        readable = False
    if not readable:
        raise UnknownBackend(f'Backend "{name.written}": "{name.target}" is no address of a server: {example}.')
    address = name.target.rstrip("/")
    for ending in ("/chat/completions", "/completions", "/models"):
        if address.endswith(ending):
            raise UnknownBackend(f'Backend "{name.written}": leave out {ending}, which we add ourselves: "{address.removesuffix(ending)}".')
    return address


def _key(environ: Mapping[str, str]) -> str:
    variable = next((one for one in KEY_VARIABLES if environ.get(one, "").strip()), "")
    key = environ.get(variable, "").strip()
    if not key.isascii() or not key.isprintable() or " " in key:
        raise BackendUnavailable(f"{variable} holds characters that stand in no key: set it anew, or unset it for a server that asks for none.")
    return key
