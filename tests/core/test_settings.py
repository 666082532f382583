"""Settings from flags and environment: who wins, what `--help` lists, and what is refused."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from core.backends.registry import known_names
from core.errors import InvalidSettings
from core.settings import OAuth, Settings, parse_settings

DEFAULTS = Settings(
    host="127.0.0.1",
    port=7860,
    data_dir=Path("data"),
    backends=("embedded",),
    max_upload_bytes=100 * 2**20,
    max_image_pixels=120_000_000,
    on_space=False,
)

SIGN_IN = {"OAUTH_CLIENT_ID": "id", "OAUTH_CLIENT_SECRET": "a secret", "OPENID_PROVIDER_URL": "https://huggingface.co/"}
ON_SPACE = {"SPACE_ID": "Me/studio", "SPACE_HOST": "me-studio.hf.space,own.example", **SIGN_IN}
SPACE = {"host": "0.0.0.0", "on_space": True, "auth": "huggingface"}


def _oauth(*allowed: tuple[str, str], host: str | None = "me-studio.hf.space") -> OAuth:
    return OAuth("id", "a secret", "https://huggingface.co", allowed, host)  # type: ignore[arg-type]


OPTIONS = ("host", "port", "data-dir", "database-url", "auth", "allow", "submissions", "backend", "max-upload-mb", "max-megapixels", "model-memory-gb")


def test_without_anything_the_studio_serves_this_machine_with_the_embedded_model() -> None:
    assert parse_settings([], {}) == DEFAULTS
    assert DEFAULTS.backend == "embedded"


@pytest.mark.parametrize(
    ("argv", "environ", "changed"),
    [
        pytest.param(["--host", "0.0.0.0"], {}, {"host": "0.0.0.0"}, id="host by flag"),
        pytest.param([], {"GIQA_HOST": "::1"}, {"host": "::1"}, id="host by variable"),
        pytest.param(["--port", "80"], {"GIQA_PORT": "9000"}, {"port": 80}, id="the flag wins"),
        pytest.param(["--port=80"], {}, {"port": 80}, id="with an equals sign"),
        pytest.param([], {"GIQA_PORT": ""}, {}, id="an empty variable is none"),
        pytest.param([], {"PORT": "1", "HOST": "x"}, {}, id="other programs' variables"),
        pytest.param(["--data-dir", "my  photos"], {}, {"data_dir": Path("my  photos")}, id="a folder with spaces"),
        pytest.param([], {"GIQA_DATA_DIR": "my  photos"}, {"data_dir": Path("my  photos")}, id="and by variable"),
        pytest.param(["--backend", "scripted:a b", "embedded"], {}, {"backends": ("scripted:a b", "embedded")}, id="two backends"),
        pytest.param([], {"GIQA_BACKEND": "scripted:a embedded"}, {"backends": ("scripted:a", "embedded")}, id="and by variable, apart"),
        pytest.param(["--backend", "embedded", "embedded"], {}, {}, id="a backend twice is once"),
        pytest.param(
            ["--backend", "hf:me/x?dtype=bfloat16&device=cuda:1", "openai:http://localhost:8000/v1?timeout=5&retries=2#me/model"],
            {},
            {"backends": ("hf:me/x?dtype=bfloat16&device=cuda:1", "openai:http://localhost:8000/v1?timeout=5&retries=2#me/model")},
            id="names with options and a server's model",
        ),
        pytest.param(
            [],
            {"GIQA_BACKEND": "hf:me/x?dtype=bfloat16&device=cpu openai:http://localhost:8000/v1?timeout=5&retries=2#me/model"},
            {"backends": ("hf:me/x?dtype=bfloat16&device=cpu", "openai:http://localhost:8000/v1?timeout=5&retries=2#me/model")},
            id="and by variable",
        ),
        pytest.param(["--database-url", "postgresql://u:p@h/d"], {}, {"database_url": "postgresql://u:p@h/d"}, id="a database server"),
        pytest.param([], {"GIQA_DATABASE_URL": "postgresql+psycopg:///d?host=/run"}, {"database_url": "postgresql+psycopg:///d?host=/run"}, id="and by variable"),
        pytest.param(["--model-memory-gb", "12"], {}, {"model_memory_bytes": 12 * 10**9}, id="memory for models"),
        pytest.param([], {"GIQA_MODEL_MEMORY_GB": "0.5"}, {"model_memory_bytes": 5 * 10**8}, id="half a gigabyte, by variable"),
        pytest.param(["--max-upload-mb", "7"], {}, {"max_upload_bytes": 7 * 2**20}, id="upload cap"),
        pytest.param(["--max-megapixels", "24"], {}, {"max_image_pixels": 24_000_000}, id="pixel cap"),
        pytest.param([], {"SPACE_ID": "me/studio"}, {"host": "0.0.0.0", "on_space": True}, id="a Space"),
        pytest.param(["--port", "7860"], {"SPACE_ID": "me/it", "GIQA_HOST": "0.0.0.0"}, {"host": "0.0.0.0", "on_space": True}, id="a Space's own"),
        pytest.param(["--auth", "accounts"], {}, {"auth": "accounts"}, id="accounts"),
        pytest.param([], {"GIQA_SUBMISSIONS": "me/kept"}, {"submissions": "me/kept"}, id="a data set for submissions"),
        pytest.param([], {"GIQA_AUTH": "accounts"}, {"auth": "accounts"}, id="and by variable"),
        pytest.param([], ON_SPACE, {**SPACE, "oauth": _oauth(("me", "admin"))}, id="a Space where people sign in: its owner"),
        pytest.param(
            [], {**ON_SPACE, "GIQA_ALLOW": "Anna ben:reviewer the-lab"}, {**SPACE, "oauth": _oauth(("anna", "admin"), ("ben", "reviewer"), ("the-lab", "annotator"))}, id="names",
        ),
        pytest.param([], {**ON_SPACE, "GIQA_AUTH": "none"}, {**SPACE, "auth": "none"}, id="an open Space"),
        pytest.param(["--auth", "huggingface", "--allow", "anna"], SIGN_IN, {"auth": "huggingface", "oauth": _oauth(("anna", "admin"), host=None)}, id="elsewhere, with all it needs"),
    ],
)
def test_a_flag_wins_over_its_variable_and_that_over_the_default(argv: list[str], environ: dict[str, str], changed: dict[str, object]) -> None:
    assert parse_settings(argv, environ) == replace(DEFAULTS, **changed)


@pytest.mark.parametrize(
    ("argv", "environ", "message"),
    [
        pytest.param(["--port", "abc"], {}, '--port "abc": give a whole number from 1 to 65535.', id="a word for a port"),
        pytest.param([], {"GIQA_PORT": "70000"}, 'GIQA_PORT "70000": give a whole number from 1 to 65535.', id="a port too high"),
        pytest.param(["--port", "-1"], {}, '--port "-1": give a whole number from 1 to 65535.', id="a negative port"),
        pytest.param(["--port", "٨٠"], {}, '--port "٨٠": give a whole number from 1 to 65535.', id="digits of another script"),
        pytest.param(["--port", "9" * 5000], {}, f'--port "{"9" * 5000}": give a whole number from 1 to 65535.', id="endless digits"),
        pytest.param(
            ["--database-url", "mysql://me:secret@host/x"],
            {},
            "--database-url: give postgresql+psycopg://USER:PASSWORD@HOST/NAME, or leave it out to keep everything in the data folder.",
            id="another database, and its password is not repeated",
        ),
        pytest.param(["--max-upload-mb", "0"], {}, '--max-upload-mb "0": give a whole number from 1 to 4096.', id="no upload"),
        pytest.param(["--model-memory-gb", "0"], {}, '--model-memory-gb "0": give a number of gigabytes above 0, such as 12 or 0.5.', id="no memory"),
        pytest.param(["--model-memory-gb", "12GB"], {}, '--model-memory-gb "12GB": give a number of gigabytes above 0, such as 12 or 0.5.', id="a unit"),
        pytest.param(["--model-memory-gb", "nan"], {}, '--model-memory-gb "nan": give a number of gigabytes above 0, such as 12 or 0.5.', id="no number"),
        pytest.param(
            ["--backend", "hf:me/x?dtyp=float32"],
            {},
            '--backend "hf:me/x?dtyp=float32": Backend "hf:me/x?dtyp=float32": there is no option "dtyp". Did you mean "dtype"? Known: device, dtype, revision, adapter, '
            "device_map, quantisation, max_pixels, boxes, batch, remote_code.",
            id="a mistyped option",
        ),
        pytest.param(["--max-megapixels", "1.5"], {}, '--max-megapixels "1.5": give a whole number from 1 to 1000.', id="a fraction"),
        pytest.param(
            ["--host", "my host"],
            {},
            '--host "my host": give an address, such as 127.0.0.1 for this machine alone or 0.0.0.0 for every machine that reaches it.',
            id="an address with a space",
        ),
        pytest.param(
            ["--backend", "embeded"],
            {},
            '--backend "embeded": No backend "embeded". Did you mean "embedded"? Known: ' + ", ".join(known_names()) + ".",
            id="a typo",
        ),
        pytest.param([], {"GIQA_BACKEND": " "}, 'GIQA_BACKEND "": name at least one backend.', id="no backend"),
        pytest.param(
            ["--backend", "openai:http://me:secret@host/v1#m"],
            {},
            '--backend: A name of a backend "openai" holds a password or a key, and names are shown and kept in records. '
            "Leave it out; the key of a model server stands in the environment variable OPENAI_API_KEY.",
            id="a password in a name",
        ),
        pytest.param(
            ["--port", "8000"],
            {"SPACE_ID": "me/studio"},
            'A Space is served on 0.0.0.0:7860, found --port "8000": leave it out.',
            id="another port on a Space",
        ),
        pytest.param(
            [],
            {"SPACE_ID": "me/studio", "GIQA_HOST": "127.0.0.1"},
            'A Space is served on 0.0.0.0:7860, found GIQA_HOST "127.0.0.1": leave it out.',
            id="another address on a Space",
        ),
        pytest.param(["--submissions", "kept"], {}, '--submissions "kept": a data set on the hub is called OWNER/NAME.', id="a data set without an owner"),
        pytest.param(["--auth", "yes"], {}, '--auth "yes": give none, accounts or huggingface.', id="a way in that is none"),
        pytest.param(
            ["--auth", "accounts"],
            {"SPACE_ID": "me/studio"},
            '--auth "accounts": a Space forgets its accounts at every restart. Take huggingface, with hf_oauth: true in README.md, or give a --database-url.',
            id="accounts on a Space",
        ),
        pytest.param(
            ["--allow", "anna"],
            {},
            '--allow "anna": names of Hugging Face go with --auth huggingface. People with --auth accounts come by invitation.',
            id="names for nothing",
        ),
        pytest.param(
            ["--auth", "huggingface"],
            {"OAUTH_CLIENT_ID": "id"},
            '--auth "huggingface": OAUTH_CLIENT_SECRET, OPENID_PROVIDER_URL not set. A Space sets them where README.md says hf_oauth: true; elsewhere take --auth accounts.',
            id="Hugging Face without its keys",
        ),
        pytest.param(["--auth", "huggingface"], SIGN_IN, '--auth "huggingface": nobody is let in. Name users or organisations with --allow.', id="nobody let in"),
        pytest.param(
            ["--allow", "anna:boss"],
            ON_SPACE,
            "--allow \"anna:boss\": give NAME or NAME:ROLE, the role one of annotator, reviewer, admin; found 'anna:boss'.",
            id="a role that is none",
        ),
    ],
)
def test_settings_that_make_no_sense_are_refused_with_the_fix(argv: list[str], environ: dict[str, str], message: str) -> None:
    with pytest.raises(InvalidSettings) as refusal:
        parse_settings(argv, environ)
    assert str(refusal.value) == message


def test_a_file_is_no_data_folder(tmp_path: Path) -> None:
    path = tmp_path / "data"
    path.touch()
    with pytest.raises(InvalidSettings) as refusal:
        parse_settings(["--data-dir", str(path)], {})
    assert str(refusal.value) == f'--data-dir "{path}": this is a file. Name a folder, which is made if need be.'


def test_help_lists_every_flag_with_its_variable(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as done:
        parse_settings(["--help"], {})
    text = capsys.readouterr().out
    assert done.value.code == 0
    for option in OPTIONS:
        assert f"--{option} " in text and f"GIQA_{option.replace('-', '_').upper()}" in text


@pytest.mark.parametrize("argv", [["--prot", "80"], ["--por", "80"], ["photo.jpg"], ["--port"]])
def test_an_unknown_flag_prints_the_usage(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as done:
        parse_settings(argv, {})
    assert done.value.code == 2 and capsys.readouterr().err.startswith("usage: python app.py")


def test_reading_settings_imports_no_model() -> None:
    program = "import sys; from core.settings import parse_settings; parse_settings([], {}); print({'torch', 'gradio', 'scipy'} & sys.modules.keys())"
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout == "set()\n"


def test_the_secret_of_the_sign_in_is_not_printed() -> None:
    assert "a secret" not in repr(parse_settings([], ON_SPACE))
