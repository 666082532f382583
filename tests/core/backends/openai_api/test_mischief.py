"""A server that misbehaves: what is tried again, what is refused, and what is never told."""

from __future__ import annotations

import json
import logging
import time

import pytest

from core.backends import load
from core.backends.base import ImageInput, Message, Request
from core.errors import BackendUnavailable, GiqaError, MissingCapability, ModelFailed, UnknownBackend
from tests.conftest import free_port
from tests.core.backends.openai_api.mischief import MODEL, Behaviour, Mischief, always, in_turn, page, polite, running, said, trickle
from tests.core.backends.openai_api.test_replies import asking, image

ERROR = {"error": {"message": "out of luck", "type": "server_error"}}


def hangs_up(exchange, _):
    exchange.hang_up()


def ends_half_way(exchange, _):
    exchange.begin(200, "application/json", Content_Length="1000")
    exchange.wfile.write(b'{"choices": [')
    exchange.hang_up()


def hangs(exchange, _):
    exchange.server.ended.wait()


def no_answer(exchange, _):
    """Bytes that are no HTTP."""
    exchange.wfile.write(b"SSH-2.0-OpenSSH_9.0\r\n")
    exchange.hang_up()


def gigantic(exchange, _):
    exchange.begin(200, "application/json", Content_Length=str(2**30))
    for _ in range(1024):
        exchange.wfile.write(b"x" * 2**20)


def broken_utf8(exchange, _):
    exchange.bytes(b'{"choices": [{"message": {"content": "\xff\xfe"}}]}')


PASSING = [
    pytest.param(always(ERROR, 500), id="500"),
    pytest.param(always(ERROR, 503, Retry_After="0"), id="503"),
    pytest.param(always(ERROR, 429, Retry_After="0.1"), id="429"),
    pytest.param(always("slow down", 429), id="429 without a time"),
    pytest.param(hangs_up, id="hangs up"),
    pytest.param(ends_half_way, id="ends half way"),
    pytest.param(no_answer, id="no HTTP"),
    pytest.param(hangs, id="hangs"),
    pytest.param(trickle, id="trickles"),
]


@pytest.mark.parametrize("trouble", PASSING)
def test_what_passes_is_tried_again(server: Mischief, trouble: Behaviour):
    server.behaviour = in_turn(trouble, polite)
    assert load(server.name("timeout=1&retries=1")).generate([asking("after all")]) == ["after all"]
    assert len(server.asked) == 2


@pytest.mark.parametrize("trouble", PASSING[:-2])
def test_a_stream_is_tried_again_before_its_first_word(server: Mischief, trouble: Behaviour):
    server.behaviour = in_turn(trouble, polite)
    assert "".join(load(server.name("timeout=5&retries=1")).stream(asking("after all"))) == "after all"


def test_every_third_call_failing_goes_unnoticed(server: Mischief):
    count = iter(range(1000))
    server.behaviour = lambda exchange, asked: always(ERROR, 500)(exchange, asked) if next(count) % 3 == 2 else polite(exchange, asked)
    backend = load(server.name("concurrency=8"))
    assert backend.generate([asking(str(number)) for number in range(30)]) == [str(number) for number in range(30)]


def test_the_server_is_given_the_time_it_asks_for(server: Mischief):
    server.behaviour = in_turn(always(ERROR, 429, Retry_After="1"), polite)
    started = time.monotonic()
    load(server.name()).generate([asking("?")])
    assert 1 <= time.monotonic() - started < 20


@pytest.mark.parametrize(
    ("trouble", "error", "message"),
    [
        pytest.param(always(ERROR, 500), ModelFailed, 'answered with status 500: "out of luck". Its own log says why.', id="500 for ever"),
        pytest.param(always(ERROR, 503), BackendUnavailable, 'status 503: "out of luck". It has too much to do, or is not ready: try again later.', id="503 for ever"),
        pytest.param(always({"detail": "no"}, 429, Retry_After="9999"), BackendUnavailable, 'status 429: "no". It has too much to do', id="429 for hours"),
        pytest.param(hangs_up, ModelFailed, "broke off before its reply was whole", id="hangs up"),
        pytest.param(ends_half_way, ModelFailed, "broke off before its reply was whole", id="ends half way"),
        pytest.param(hangs, ModelFailed, "gave no whole reply within 0.5 s. Give it more with timeout=SECONDS.", id="hangs"),
        pytest.param(trickle, ModelFailed, "gave no whole reply within 0.5 s", id="trickles for ever"),
        pytest.param(always({"detail": [{"msg": "too long"}]}, 400), ModelFailed, 'status 400: "[{"msg": "too long"}]".', id="a bad request"),
        pytest.param(always({"message": "too large"}, 413), ModelFailed, 'status 413: "too large".', id="too large"),
        pytest.param(always({}, 401), BackendUnavailable, "wants a key: set OPENAI_API_KEY or GIQA_OPENAI_KEY (status 401).", id="401"),
        pytest.param(always({}, 403), BackendUnavailable, "wants a key", id="403"),
        pytest.param(always(ERROR, 404), BackendUnavailable, f'has no model "{MODEL}". It offers: llava, other/model. Write one of these after the "#".', id="404"),
        pytest.param(always({}, 302, Location="http://u:secret@elsewhere/?key=secret"), BackendUnavailable, "sends us to another address (http://elsewhere)", id="redirect"),
        pytest.param(page, ModelFailed, "answered with a web page (text/html), no model's reply: is the address right?", id="HTML"),
        pytest.param(lambda e, _: e.bytes(b"hello"), ModelFailed, 'answered with something that is not JSON: "hello".', id="no JSON"),
        pytest.param(lambda e, _: e.bytes(b"[" * 50_000), ModelFailed, "answered with something that is not JSON", id="nested JSON"),
        pytest.param(broken_utf8, ModelFailed, "answered with something that is not JSON", id="broken UTF-8"),
        pytest.param(lambda e, _: e.bytes(b""), ModelFailed, "answered with something that is not JSON", id="nothing"),
        pytest.param(always([]), ModelFailed, "answered with JSON that is no reply: [].", id="a list"),
        pytest.param(always({"id": "1"}), ModelFailed, "gave a reply without a choice: {'id': '1'}.", id="no choices"),
        pytest.param(always({"choices": []}), ModelFailed, "gave a reply without a choice", id="empty choices"),
        pytest.param(always({"choices": [None]}), ModelFailed, "gave a reply without a choice", id="a choice that is none"),
        pytest.param(always(ERROR), ModelFailed, 'reports an error in its reply: "out of luck".', id="an error with status 200"),
        pytest.param(always(said(None)), ModelFailed, "the content of its reply is empty", id="null"),
        pytest.param(always(said({"text": "x"})), ModelFailed, "the content of its reply is empty", id="an object as content"),
        pytest.param(always(said(None, message=7)), ModelFailed, "the content of its reply is empty", id="a number as message"),
        pytest.param(always(said(None, message={"content": None, "tool_calls": [{"id": "1"}]})), ModelFailed, "it called a tool, and none was offered", id="a tool call"),
        pytest.param(
            always(said(None, message={"content": None, "reasoning_content": "hm"}, finish_reason="length")), ModelFailed, "it only thought, and its tokens ended", id="thoughts",
        ),
        pytest.param(always(said("x", model="gpt-4o")), ModelFailed, 'answers for the model "gpt-4o", asked was "llava". If that is the one, write it', id="another model"),
        pytest.param(gigantic, ModelFailed, "sent more than 16 MB for one reply; the rest was not read.", id="a gigantic body"),
    ],
)  # fmt: skip
def test_what_does_not_pass_is_told(server: Mischief, trouble: Behaviour, error: type[GiqaError], message: str):
    server.behaviour = trouble
    timeout = 0.5 if trouble in (hangs, trickle) else 5
    backend = load(server.name(f"timeout={timeout}&retries=1"))
    for ask in (lambda: backend.generate([asking("?")]), lambda: list(backend.stream(asking("?")))):
        with pytest.raises(error) as told:
            ask()
        assert message in str(told.value) and "secret" not in str(told.value) and len(str(told.value)) < 900


@pytest.mark.parametrize("status", [400, 401, 403, 404, 408, 413, 422])
def test_what_the_server_does_not_like_is_not_asked_again(server: Mischief, status: int):
    server.behaviour = always(ERROR, status)
    with pytest.raises(GiqaError):
        load(server.name()).generate([asking("?")])
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    "message",
    ["This model does not support image input", "image input is not supported - hint: you may need mmproj", "At most 1 image(s) may be provided in one request.", "llama-3 is not a multimodal model"],
)
def test_a_model_that_takes_no_images_is_told_as_a_lack(server: Mischief, message: str):
    server.behaviour = always({"error": {"message": message}}, 400)
    with pytest.raises(MissingCapability, match="cannot take the images of this request"):
        load(server.name()).generate([asking("?", ImageInput(image()))])


def _broken_stream(*events, hang_up: bool):
    def behave(exchange, _):
        exchange.begin()
        exchange.word("begun ")
        for event in events:
            exchange.event(event)
        if hang_up:
            exchange.hang_up()

    return behave


@pytest.mark.parametrize(
    ("behaviour", "message"),
    [
        pytest.param(_broken_stream(hang_up=True), "ended the reply in the middle", id="dies"),
        pytest.param(_broken_stream(hang_up=False), "ended the reply in the middle", id="stops"),
        pytest.param(_broken_stream({"error": "no memory"}, hang_up=False), 'reports an error in its reply: "no memory"', id="an error"),
        pytest.param(_broken_stream(b"{nonsense", hang_up=False), "not JSON", id="nonsense"),
        pytest.param(_broken_stream({"model": "gpt-4o", "choices": [{}]}, hang_up=False), 'answers for the model "gpt-4o"', id="another model takes over"),
        pytest.param(_broken_stream({"choices": [{"delta": {"reasoning_content": "hm"}}]}, hang_up=False), "ended the reply in the middle", id="thinks and stops"),
        pytest.param(_broken_stream({"choices": [{"delta": {"tool_calls": [{}]}}]}, hang_up=False), "it called a tool", id="a tool call"),
        pytest.param(_broken_stream(b"x" * 2_000_000, hang_up=False), "a line of more than 1 MB", id="an endless line"),
    ],
)  # fmt: skip
def test_a_stream_that_breaks_after_its_first_word_is_told_and_not_begun_anew(server: Mischief, behaviour: Behaviour, message: str):
    server.behaviour, pieces = behaviour, []
    with pytest.raises(ModelFailed, match=message):
        pieces.extend(load(server.name()).stream(asking("?")))
    assert pieces == ["begun "] and len(server.asked) == 1


def test_a_whole_reply_whose_stream_broke_is_asked_for_again(server: Mischief):
    server.behaviour = in_turn(_broken_stream(hang_up=True), polite)
    assert load(server.name("retries=1")).generate([asking("from the start")]) == ["from the start"]


def test_a_stream_of_thoughts_alone_is_no_reply(server: Mischief):
    def thinks(exchange, _):
        exchange.begin()
        exchange.event({"choices": [{"delta": {"reasoning_content": "hm"}}]})
        exchange.word(None, "length")

    server.behaviour = thinks
    with pytest.raises(ModelFailed, match="gave no text: it only thought"):
        load(server.name()).generate([asking("?")])


def test_a_server_that_cannot_stream_is_asked_for_the_whole(server: Mischief):
    def whole(exchange, asked):
        exchange.json({"error": {"message": "stream is not supported"}}, 400) if asked.body.get("stream") else polite(exchange, asked)

    server.behaviour = whole
    backend = load(server.name())
    assert backend.generate([asking("all of it")]) == ["all of it"] and list(backend.stream(asking("again"))) == ["again"]


def test_a_stream_that_breaks_in_a_chunk_is_told(server: Mischief):
    def dies(exchange, _):
        exchange.begin(200, "text/event-stream", Content_Length="100000")
        exchange.word("begun ")
        exchange.hang_up()

    server.behaviour = dies
    with pytest.raises(ModelFailed, match="broke off before its reply was whole"):
        list(load(server.name()).stream(asking("?")))


def test_events_of_all_sorts_are_read(server: Mischief):
    def odd(exchange, _):
        exchange.begin()
        exchange.wfile.write(b": ping\r\n\r\nevent: x\r\nid: 3\r\ndata:" + json.dumps(said("")).replace("message", "delta").encode() + b"\r\n\r\n")
        exchange.event({"choices": [], "usage": {}})
        exchange.event({"choices": [{"delta": None}]})
        text = json.dumps({"choices": [{"delta": {"content": "ü🗼"}}]}, ensure_ascii=False).encode()
        for byte in b"data: " + text + b"\n\n":
            exchange.wfile.write(bytes([byte]))
            exchange.wfile.flush()
        exchange.event(b"[DONE]")
        exchange.word("never read")

    server.behaviour = odd
    assert "".join(load(server.name()).stream(asking("?"))) == "ü🗼"


@pytest.mark.parametrize(
    ("message", "left"),
    [
        ("Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.", {"max_completion_tokens": 512, "temperature": 0.0, "seed": 0}),
        ("Unrecognized request argument supplied: seed", {"max_tokens": 512, "temperature": 0.0}),
        ("'temperature' does not support 0 with this model. Only the default (1) value is supported.", {"max_tokens": 512, "seed": 0}),
    ],
)
def test_a_parameter_that_the_server_does_not_take_is_found_out_once(server: Mischief, message: str, left: dict):
    server.behaviour = in_turn(always({"error": {"message": message}}, 400), polite)
    backend = load(server.name())
    assert backend.generate([asking("one")]) == ["one"] and list(backend.stream(asking("two"))) == ["two"]
    assert {name: value for name, value in server.asked[-2].body.items() if name not in ("model", "messages", "stream")} == left
    assert len(server.asked) == 3


# Loading


@pytest.mark.parametrize(
    "listing",
    [page, hangs_up, always([]), always({"data": "x"}), always({"data": [3, {}]}), always(ERROR, 404), always(ERROR, 405), always(ERROR, 500)],
    ids=["HTML", "hangs up", "a list", "a text", "no names", "404", "405", "500"],
)
def test_a_server_that_cannot_list_its_models_is_loaded_all_the_same(server: Mischief, listing: Behaviour):
    server.listing = listing
    assert load(server.name()).generate([asking("here")]) == ["here"]


def test_a_listing_that_hangs_does_not_hold_up_loading(server: Mischief):
    server.listing = hangs
    assert load(server.name("timeout=1")).generate([asking("here")]) == ["here"]


def test_no_server_is_told_with_the_address():
    port = free_port()
    with pytest.raises(BackendUnavailable, match=rf"There is no server at http://127.0.0.1:{port}/v1 \(.*\): start it, or name another address."):
        load(f"openai:http://127.0.0.1:{port}/v1#m")
    with pytest.raises(BackendUnavailable, match="There is no server at http://no-such-host"):
        load("openai:http://no-such-host.invalid/v1#m")


def last_words(exchange, asked):
    polite(exchange, asked)
    exchange.close_connection = True


@pytest.mark.parametrize("proxy", ["nonsense://me:secret@proxy", "http://me:secret@proxy:x"])
def test_a_proxy_that_cannot_be_used_is_told_and_this_machine_needs_none(server: Mischief, monkeypatch, proxy: str):
    monkeypatch.setenv("ALL_PROXY", proxy)
    with pytest.raises(BackendUnavailable, match="proxy or certificates cannot be used") as told:
        load("openai:http://example.invalid/v1#m")
    assert "secret" not in str(told.value) and load(server.name()).generate([asking("here")]) == ["here"]


def test_a_server_that_is_gone_later_is_told():
    with running() as server:
        server.behaviour = last_words
        backend = load(server.name("retries=1"))
        backend.generate([asking("?")])
    with pytest.raises(BackendUnavailable, match="There is no server at"):
        backend.generate([asking("?")])


@pytest.mark.parametrize("address", ["localhost:8000/v1", "ftp://h/v1", "http://", "http://h:port/v1", "http://h:99999/v1", "http:///v1", "file:///etc/passwd", "http://a b/v1"])
def test_what_is_no_address_is_refused(address: str):
    with pytest.raises(UnknownBackend, match="is no address of a server: write one such as http://localhost:8000/v1"):
        load(f"openai:{address}#m")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("openai:http://h/v1/chat/completions#m", "leave out /chat/completions"),
        ("openai:http://h/v1?boxes=pixels#m", "boxes is one of grid, fractions, per_mille"),
        ("openai:http://h/v1?concurrency=0#m", "concurrency is a number from 1 to 256"),
        ("openai:http://h/v1?timeout=x#m", "timeout is a number from 0.1 to 3600"),
        ("openai:http://h/v1?text_only=maybe#m", "text_only is one of yes, no"),
    ],
)
def test_options_that_make_no_sense_are_refused(name: str, message: str):
    with pytest.raises(UnknownBackend, match=message):
        load(name)


# The key


@pytest.mark.parametrize("variables", [{"OPENAI_API_KEY": "sk-secret"}, {"OPENAI_API_KEY": "sk-other", "GIQA_OPENAI_KEY": " sk-secret\n"}])
def test_the_key_comes_from_the_environment_and_goes_to_the_server(server: Mischief, monkeypatch, variables):
    for variable, value in variables.items():
        monkeypatch.setenv(variable, value)
    load(server.name()).generate([asking("?")])
    assert server.asked[0].headers["authorization"] == "Bearer sk-secret"


def test_without_a_key_none_is_sent(server: Mischief):
    load(server.name()).generate([asking("?")])
    assert "authorization" not in server.asked[0].headers


@pytest.mark.parametrize("status", [200, 400, 401, 404, 418, 429, 500])
def test_the_key_is_never_told(server: Mischief, monkeypatch, caplog, status: int):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    caplog.set_level(logging.DEBUG)
    backend = load(server.name("retries=1"))
    told = [repr(backend), repr(vars(backend)), backend.name]
    server.behaviour = lambda exchange, asked: exchange.json({"error": {"message": f"wrong key: {asked.headers['authorization']}, seed"}}, status)
    for ask in (lambda: backend.generate([asking("?")]), lambda: list(backend.stream(asking("?"))), lambda: backend.choose([asking("?")], ["Yes", "No"])):
        with pytest.raises(GiqaError) as failure:
            ask()
        told += [str(failure.value), repr(failure.value), repr(failure.value.__cause__)]
    assert "sk-secret" not in "\n".join([*told, caplog.text])


def test_a_key_that_the_server_refuses_is_told_at_loading(server: Mischief, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    server.listing = always({"error": {"message": "Incorrect API key provided: sk-se***et"}}, 401)
    with pytest.raises(BackendUnavailable) as told:
        load(server.name())
    assert str(told.value) == f"The server at {server.address} does not take the key in OPENAI_API_KEY or GIQA_OPENAI_KEY (status 401)."


@pytest.mark.parametrize("key", ["sk-ü", "sk a", "sk\x01"])
def test_what_can_be_no_key_is_refused_and_not_shown(server: Mischief, monkeypatch, key: str):
    monkeypatch.setenv("OPENAI_API_KEY", key)
    with pytest.raises(BackendUnavailable, match="OPENAI_API_KEY holds characters that stand in no key") as told:
        load(server.name())
    assert key not in str(told.value)


@pytest.mark.parametrize("name", ["openai:http://user:secret@h/v1#m", "openai:http://secret@h#m", "openai:http://user:secret@h/v1", "openai:http://h/v1?api_key=secret#m", "openai:http://h/v1?timeout=1&token=secret#m"])
def test_a_key_in_the_name_is_refused_and_not_repeated(name: str):
    with pytest.raises(UnknownBackend, match="holds a password or a key, and names are shown and kept in records") as told:
        load(name)
    assert "secret" not in str(told.value)


def test_an_old_redirect_never_carries_the_key_on(server: Mischief, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    with running() as other:
        server.behaviour = always({}, 307, Location=f"{other.address}/chat/completions")
        with pytest.raises(BackendUnavailable, match="sends us to another address"):
            load(server.name()).generate([Request((Message("user", "?"),))])
        assert other.asked == []
