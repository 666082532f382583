"""Raw bodies of requests: read no further than allowed, into memory or a file, and as JSON where they should be."""

from __future__ import annotations

import json
from pathlib import Path

from fastapi import Request
from fastapi.concurrency import run_in_threadpool

from core.errors import ImageTooLarge, InvalidInput

MOST_SAVE_BYTES = 5 * 2**20


async def body(request: Request, most: int) -> bytes:
    """The raw body, refused (413) as soon as it is longer than allowed."""
    parts, total = [], 0
    async for part in request.stream():
        total += len(part)
        if total > most:
            raise ImageTooLarge(f"This is larger than {most // 2**20} MB, the most that is taken at once.", code="tooLarge", size=most // 2**20)
        parts.append(part)
    return b"".join(parts)


async def receive(request: Request, file: Path, most: int, refusal: str) -> None:
    """The raw body as a file, refused (413, with these words) as soon as it is longer than allowed."""
    total = 0
    with file.open("wb") as out:
        async for part in request.stream():
            total += len(part)
            if total > most:
                raise ImageTooLarge(refusal)
            await run_in_threadpool(out.write, part)


def json_of(data: bytes) -> object:
    """Raises `InvalidInput`."""
    try:
        return json.loads(data)
    except (ValueError, RecursionError) as error:
        raise InvalidInput(f"This is not JSON: {error}.") from error
