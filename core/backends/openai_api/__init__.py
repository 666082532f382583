"""Models behind an OpenAI-compatible server (vLLM, SGLang, TGI, Ollama, llama.cpp, `transformers serve`): `openai:ADDRESS?option=value#NAME`.

`server` reads the name and the key, `connection` speaks HTTP, `refusals` and `replies` read what comes back and trust none of it, `choosing` finds out how
to get the probabilities of a closed set, `background` makes every request one that can be cancelled; `backend` is what tasks see.
"""

from core.backends.openai_api.backend import load_openai

__all__ = ["load_openai"]
