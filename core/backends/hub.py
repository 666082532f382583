"""Models on the disk: a folder as it is named, or one of the Hugging Face hub's, fetched when its name is loaded and not before.

What lies whole in the cache is used as it is, without a word to the network. Only safetensors and small files are fetched, never pickles.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from core.backends.base import Report
from core.backends.hub_progress import gigabytes, reporting_bar, silent_bar
from core.backends.names import BackendName
from core.backends.weight_files import what_is_missing
from core.errors import BackendUnavailable

_WANTED = ("*.safetensors", "*.json", "*.txt", "*.model", "*.jinja", "*.tiktoken")
_UNWANTED = ("onnx/*", "openvino/*", "original/*", "consolidated*", "*.fp16.safetensors", "*.bin", "*.pt", "*.pth", "*.h5", "*.msgpack")
_SPARE_BYTES = 2**28  # left free on the disk
_ID = re.compile(r"[\w.-]+(?:/[\w.-]+)?")


def model_folder(name: BackendName, report: Report) -> Path:
    """The folder that holds the model's files. Raises `BackendUnavailable`, which says what is missing and how to get it.

    A folder by name is taken as it is: its family knows best what belongs into it. What comes from the hub is whole, or is said not to be.
    """
    folder = Path(name.target).expanduser()
    if folder.is_dir():
        if revision := name.options.get("revision"):
            raise _unavailable(name, f"{folder} is a folder, which has no revisions", f"Leave out revision={revision}, or name the model by its id on the hub")
        return folder
    _refuse_paths(name)
    cached = _cached(name)
    return cached if cached and not what_is_missing(cached) else _download(name, report)


def _refuse_paths(name: BackendName) -> None:
    target = name.target
    if Path(target).expanduser().exists():
        raise _unavailable(name, "this is a file", "Name the folder that holds config.json and the .safetensors files")
    if not _ID.fullmatch(target) or target.startswith("."):
        raise _unavailable(name, f'there is no folder "{target}" here', "Check the path; a model of the hub is named like Qwen/Qwen3-VL-4B-Instruct")


def _cached(name: BackendName) -> Path | None:
    """What the cache holds of it, whole or not; the network is not asked."""
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError

    try:
        return Path(snapshot_download(local_files_only=True, **_wishes(name)))
    except (LocalEntryNotFoundError, HFValidationError):
        return None


def _download(name: BackendName, report: Report) -> Path:
    from huggingface_hub import snapshot_download

    report("looking for the model", None)
    with _said_in_words(name):
        files = snapshot_download(dry_run=True, tqdm_class=silent_bar(), **_wishes(name))
        if not any(file.filename.endswith(".safetensors") for file in files):
            raise _unavailable(
                name, "the repository holds no .safetensors weights, and others (pickles) are not loaded", "Name a revision that has them, or convert the model"
            )
        wanted = sum(file.file_size for file in files if file.will_download)
        _check_room(name, wanted)
        folder = Path(snapshot_download(tqdm_class=reporting_bar(report, wanted), **_wishes(name)))
    if lacking := what_is_missing(folder):
        raise _unavailable(name, f"what was downloaded is not whole: it lacks {lacking}", f"Ask for it again, or delete {folder} first")
    return folder


def _wishes(name: BackendName) -> dict[str, Any]:
    wanted = (*_WANTED, "*.py") if name.options.get("remote_code") else _WANTED
    return {"repo_id": name.target, "revision": name.options.get("revision"), "allow_patterns": list(wanted), "ignore_patterns": list(_UNWANTED)}


def _check_room(name: BackendName, wanted: int) -> None:
    from huggingface_hub import constants

    cache = Path(constants.HF_HUB_CACHE)
    standing = next(folder for folder in (cache, *cache.parents) if folder.exists())
    free = shutil.disk_usage(standing).free
    if wanted + _SPARE_BYTES > free:
        raise _unavailable(name, f"the download takes {gigabytes(wanted)} and {gigabytes(free)} are free at {cache}", "Free some, or name another disk in HF_HOME")


@contextmanager
def _said_in_words(name: BackendName) -> Iterator[None]:
    """The hub's errors as ones that say what to do."""
    import httpx2
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError

    try:
        yield
    except (HfHubHTTPError, HFValidationError, httpx2.HTTPError, OSError) as error:
        told = error.__cause__ if error.__cause__ and not isinstance(error, HfHubHTTPError) else error
        raise _unavailable(name, *_reason(name, told)) from error


def _reason(name: BackendName, error: BaseException) -> tuple[str, str]:
    """What is wrong, and what to do about it."""
    import errno

    from huggingface_hub import errors

    target = name.target
    if isinstance(error, errors.OfflineModeIsEnabled):
        return f"it is {_in_cache(name)}, and HF_HUB_OFFLINE forbids to fetch it", "Take that away, or copy the model's folder here and name it"
    if isinstance(error, errors.GatedRepoError):
        return "it is gated", f"Accept its licence at https://huggingface.co/{target} and put your token into HF_TOKEN"
    if isinstance(error, errors.RepositoryNotFoundError):
        return f'there is no folder and no public model "{target}"{_nearest(target)}', "Check the spelling; for a private one put your token into HF_TOKEN"
    if isinstance(error, errors.RevisionNotFoundError):
        return f'"{target}" has no revision "{name.options.get("revision", "main")}"', "Name a branch, a tag or a whole commit, or leave it out"
    if isinstance(error, errors.HFValidationError):
        return f'"{target}" is neither a folder here nor an id of the hub', "Write it like Qwen/Qwen3-VL-4B-Instruct"
    if isinstance(error, errors.HfHubHTTPError):
        return f"the hub answered with status {error.response.status_code}", f"Try again later{_kept(name)}"
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        return "the disk is full", f"Free some room, or name another disk in HF_HOME{_kept(name)}"
    return f"it is {_in_cache(name)}, and the hub cannot be reached ({type(error).__name__})", f"Check the network{_kept(name)}"


def _in_cache(name: BackendName) -> str:
    return "only half downloaded" if _is_begun(name) else "not on this machine"


def _kept(name: BackendName) -> str:
    return ". What came so far is kept: ask for the model again and the download goes on from there" if _is_begun(name) else ""


def _is_begun(name: BackendName) -> bool:
    from huggingface_hub import constants

    return any((Path(constants.HF_HUB_CACHE) / f"models--{name.target.replace('/', '--')}" / "blobs").glob("*"))


def _nearest(target: str) -> str:
    """The model in the cache whose name is nearest, as a question."""
    from huggingface_hub import constants

    known = [folder.name.removeprefix("models--").replace("--", "/") for folder in Path(constants.HF_HUB_CACHE).glob("models--*")]
    near = get_close_matches(target, known, n=1)
    return f' (did you mean "{near[0]}"?)' if near else ""


def _unavailable(name: BackendName, what: str, fix: str) -> BackendUnavailable:
    return BackendUnavailable(f'Backend "{name.written}": {what}. {fix.rstrip(".")}.')
