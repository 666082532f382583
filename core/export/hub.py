"""A folder to the Hugging Face hub, as a data set or a model. Nothing is sent but what was named, and not `sources.json`, which tells of people."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal

from core.errors import BackendUnavailable, InvalidInput
from core.export.conversion import SOURCES


def check_repository(repository: str) -> None:
    """Raises `InvalidInput` for what is no OWNER/NAME, `BackendUnavailable` where nobody is logged in or the machine is to stay offline."""
    from huggingface_hub import constants, get_token

    if not re.fullmatch(r"[\w.-]{1,96}/[\w.-]{1,96}", repository):
        raise InvalidInput(f"A data set or model on the hub is called OWNER/NAME, got {repository[:100]!r}.")
    if constants.HF_HUB_OFFLINE:
        raise BackendUnavailable("This machine is told to stay offline (HF_HUB_OFFLINE=1): unset it to send anything to the hub.")
    if not get_token():
        raise BackendUnavailable("Nobody is logged in to the Hugging Face hub: set HF_TOKEN to a token that may write, or run `hf auth login`.")


def push(folder: Path, repository: str, *, private: bool, kind: Literal["dataset", "model"] = "dataset") -> str:
    """Sends the folder, and makes the repository if it is not there. Returns its address. Raises `BackendUnavailable`, saying what the hub answered."""
    from huggingface_hub import HfApi
    from huggingface_hub.errors import HfHubHTTPError
    from huggingface_hub.utils import httpx  # type: ignore[attr-defined]  # whichever version the hub speaks through

    check_repository(repository)
    api = HfApi()
    try:
        made = api.create_repo(repository, repo_type=kind, private=private, exist_ok=True)
        api.upload_folder(repo_id=repository, repo_type=kind, folder_path=folder, commit_message=f"Upload a {kind} with GIQA Studio", ignore_patterns=[SOURCES])
    except HfHubHTTPError as error:
        status = error.response.status_code
        told = {401: "the token is not valid", 403: "the token may not write there", 404: "there is no such owner"}.get(status, str(error).splitlines()[0][:200])
        raise BackendUnavailable(f"The hub refused {repository}: {told} ({status}). The folder {folder} is complete: try again with another token or name.") from error
    except (httpx.HTTPError, ConnectionError) as error:
        raise BackendUnavailable(f"The hub cannot be reached ({type(error).__name__}). The folder {folder} is complete: send it later.") from error
    return str(made)
