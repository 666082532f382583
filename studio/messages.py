"""Errors as messages: what a person can act on is shown as it is, everything else goes into the log and is apologised for."""

from __future__ import annotations

import functools
import html
import inspect
import logging
from collections.abc import Callable
from typing import Any, TypeVar

import gradio as gr

from core.errors import GiqaError

_log = logging.getLogger(__name__)
_Handler = TypeVar("_Handler", bound=Callable[..., Any])


def shows_errors(handler: _Handler) -> _Handler:
    """For handlers of events, generators too. The message is escaped: Gradio shows it as HTML."""
    if inspect.isgeneratorfunction(handler):

        @functools.wraps(handler)
        def guarded_steps(*args: Any, **kwargs: Any) -> Any:
            try:
                yield from handler(*args, **kwargs)
            except Exception as error:  # noqa: BLE001 - the border between the program and a person
                raise _shown(error) from error

        return guarded_steps  # type: ignore[return-value]

    @functools.wraps(handler)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        try:
            return handler(*args, **kwargs)
        except Exception as error:  # noqa: BLE001 - the border between the program and a person
            raise _shown(error) from error

    return guarded  # type: ignore[return-value]


def _shown(error: Exception) -> gr.Error:
    if isinstance(error, gr.Error):
        return error
    if isinstance(error, GiqaError):
        return gr.Error(html.escape(str(error)), print_exception=False)
    _log.error("a handler failed", exc_info=error)
    return gr.Error("Something went wrong on the server; it has been written to its log. Try again, or open the image anew.", print_exception=False)
