"""A real server that somebody else wrote: `transformers serve` on a tiny random LLaVA. Its words are noise; what is tested is everything around them."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from core.backends import load
from core.backends.base import ImageInput, Message, Request
from core.errors import Cancelled, GiqaError
from core.images import Image
from core.tasks import answer, describe, score
from core.tasks.describe import stream_description
from tests.conftest import await_answer, free_port

pytestmark = pytest.mark.slow

_WORDS = ["Is the dog blurred? Yes. No. How good is the technical quality of this photograph?", "USER: ASSISTANT: The tower in the background is noisy. [dog](<0, 21>) 0123456789"]
_TEMPLATE = (
    "{% for m in messages %}{{ m['role'].upper() + ': ' }}{% for p in m['content'] %}{{ '<image>\\n' if p['type'] == 'image' else p['text'] }}{% endfor %}"
    "{{ ' ' }}{% endfor %}{% if add_generation_prompt %}ASSISTANT:{% endif %}"
)
IMAGE = Image(np.random.default_rng(0).integers(0, 255, (40, 60, 3), np.uint8), "a" * 64, "PNG")


def tiny_llava(folder: Path) -> Path:
    """A complete folder at random weights, with a chat template."""
    import torch
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import (
        CLIPImageProcessorPil,
        CLIPVisionConfig,
        LlamaConfig,
        LlavaConfig,
        LlavaForConditionalGeneration,
        LlavaProcessor,
        PreTrainedTokenizerFast,
    )  # fmt: skip

    made = Tokenizer(models.BPE(unk_token="<unk>"))
    made.pre_tokenizer, made.decoder = pre_tokenizers.Metaspace(prepend_scheme="first"), decoders.Metaspace(prepend_scheme="first")
    marks, alphabet = ["<s>", "<pad>", "</s>", "<unk>", "<image>"], [chr(code) for code in range(33, 127)]
    made.train_from_iterator(_WORDS, trainers.BpeTrainer(vocab_size=300, special_tokens=marks, initial_alphabet=alphabet, show_progress=False))
    words = PreTrainedTokenizerFast(tokenizer_object=made, unk_token="<unk>", bos_token="<s>", eos_token="</s>", pad_token="<pad>")
    sizes = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4}
    vision = CLIPVisionConfig(**sizes, image_size=56, patch_size=14, projection_dim=32)
    config = LlavaConfig(vision_config=vision, text_config=LlamaConfig(**sizes, vocab_size=len(words), max_position_embeddings=4096), image_token_index=4)
    torch.manual_seed(0)
    model = LlavaForConditionalGeneration(config)
    model.generation_config.do_sample = True  # the server draws only where the model's own settings do, and is greedy at temperature 0
    model.save_pretrained(folder)
    images = CLIPImageProcessorPil(size={"shortest_edge": 56}, crop_size={"height": 56, "width": 56})
    processor = LlavaProcessor(images, words, patch_size=14, vision_feature_select_strategy="default", num_additional_image_tokens=1, chat_template=_TEMPLATE)
    processor.save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def name(tmp_path_factory) -> Iterator[str]:
    """The backend's name for a server that runs."""
    folder = tiny_llava(tmp_path_factory.mktemp("llava"))
    home = tmp_path_factory.mktemp("home")
    (home / "hub").mkdir()
    port = free_port()
    program = "from transformers.cli.transformers import main; main()"
    command = [sys.executable, "-c", program, "serve", "--device", "cpu", "--dtype", "float32", "--host", "127.0.0.1", "--port", str(port)]
    environment = os.environ | {"HF_HOME": str(home), "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1"}
    log = home / "log.txt"
    with log.open("w") as output:
        process = subprocess.Popen(command, env=environment, stdout=output, stderr=subprocess.STDOUT)
        try:
            await_answer(f"http://127.0.0.1:{port}/health", process, log)
            yield f"openai:http://127.0.0.1:{port}/v1?timeout=60#{folder}"
        finally:
            process.terminate()
            process.wait(60)


def asking(text: str, **options) -> Request:
    return Request((Message("user", text, (ImageInput(IMAGE),)),), **options)


def test_the_same_words_come_whole_and_streamed_alone_and_together(name: str):
    backend = load(name)
    requests = [asking(text, max_new_tokens=12) for text in ("Is the dog blurred?", "Describe this.", "Why?")]
    together = backend.generate(requests)
    assert together == [backend.generate([one])[0] for one in requests] and all(together)
    assert "".join(backend.stream(requests[0])).strip() == together[0].strip()


def test_the_image_is_seen(name: str):
    other = Message("user", "Describe this.", (ImageInput(Image(np.zeros((40, 60, 3), np.uint8), "b" * 64, "PNG")),))
    first, second = load(name).generate([asking("Describe this.", max_new_tokens=40), Request((other,), max_new_tokens=40)])
    assert first != second


def test_a_seed_makes_drawn_words_come_again(name: str):
    backend = load(name)
    drawn = [backend.generate([asking("Describe this.", max_new_tokens=12, temperature=1.0, seed=seed)])[0] for seed in (1, 1, 2, 3)]
    assert drawn[0] == drawn[1] and len(set(drawn)) > 1


def test_every_task_gets_a_value(name: str):
    backend = load(name)
    assert describe(backend, IMAGE).raw
    assert [one.text for one in stream_description(backend, IMAGE)]
    assert answer(backend, IMAGE, "Where is the dog?").status in ("answered", "absent", "unparsed")
    assert answer(backend, IMAGE, "Is the dog blurred?").status in ("answered", "unparsed")
    assert score(backend, IMAGE).method == "levels"


def test_a_choice_without_log_probabilities_is_a_word_or_unknown(name: str):
    for found in load(name).choose([asking("Is the dog blurred?")] * 2, ["Yes", "No"]):
        assert sorted(found) == [0.0, 1.0] or all(np.isnan(found))


def test_a_long_reply_is_cancelled_soon(name: str):
    backend, cancel = load(name), threading.Event()
    stream, started = backend.stream(asking("Describe this.", max_new_tokens=3000), cancel), time.monotonic()
    next(stream)
    cancel.set()
    assert len(list(stream)) <= 1
    cancel.clear()
    threading.Timer(0.1, cancel.set).start()
    with pytest.raises(Cancelled):
        backend.generate([asking("Describe this.", max_new_tokens=3000)], cancel)
    assert time.monotonic() - started < 30


def test_a_model_that_is_not_there_is_told(name: str):
    with pytest.raises(GiqaError, match=r"no/such-model|status"):
        load(name.replace("timeout=60", "retries=0").partition("#")[0] + "#no/such-model").generate([asking("?")])
