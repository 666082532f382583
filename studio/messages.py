"""Errors as messages: what a person can act on is shown as it is, everything else goes into the log and is apologised for."""

from __future__ import annotations

import functools
import html
import inspect
import logging
from collections.abc import Callable
from contextlib import aclosing
from typing import Any, TypeVar

import gradio as gr

from core.errors import GiqaError

_log = logging.getLogger(__name__)
_Handler = TypeVar("_Handler", bound=Callable[..., Any])


def shows_errors(handler: _Handler) -> _Handler:
    """For handlers of the page's events, generators too. The message is escaped: the page shows it as HTML."""
    return _guarded(handler, html.escape)


def tells_errors(handler: _Handler) -> _Handler:
    """For endpoints that programs call: the message as it is."""
    return _guarded(handler, str)


def _guarded(handler: _Handler, written: Callable[[str], str]) -> _Handler:
    if inspect.isgeneratorfunction(handler):

        @functools.wraps(handler)
        def steps(*args: Any, **kwargs: Any) -> Any:
            try:
                yield from handler(*args, **kwargs)
            except Exception as error:  # the border between the program and a person
                raise _shown(error, written) from error

        return steps  # type: ignore[return-value]

    if inspect.isasyncgenfunction(handler):

        @functools.wraps(handler)
        async def frames(*args: Any, **kwargs: Any) -> Any:
            async with aclosing(handler(*args, **kwargs)) as inner:
                try:
                    async for frame in inner:
                        yield frame
                except Exception as error:  # the border between the program and a person
                    raise _shown(error, written) from error

        return frames  # type: ignore[return-value]

    @functools.wraps(handler)
    def call(*args: Any, **kwargs: Any) -> Any:
        try:
            return handler(*args, **kwargs)
        except Exception as error:  # the border between the program and a person
            raise _shown(error, written) from error

    return call  # type: ignore[return-value]


def _shown(error: Exception, written: Callable[[str], str]) -> gr.Error:
    if isinstance(error, gr.Error):
        return error
    if isinstance(error, GiqaError):
        return gr.Error(written(str(error)), print_exception=False)
    _log.error("a handler failed", exc_info=error)
    return gr.Error("Something went wrong on the server; it has been written to its log. Try again, or open the image anew.", print_exception=False)
