"""The named endpoints, called as programs call them: `gradio_client` and MCP against the running studio."""

import ast
import asyncio
import base64
import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError

from core.boxes import Box, intersection
from core.errors import InvalidInput
from studio.endpoints import read_boxes
from tests.conftest import shipped


@pytest.fixture(scope="module")
def client(studio):
    return Client(studio.address, verbose=False)


def test_a_program_gets_a_description_with_markup_and_boxes(client, blurred_photograph):
    result = client.predict(handle_file(str(blurred_photograph)), api_name="/describe")
    assert set(result) == {"text", "markup", "phrases"}
    assert result["phrases"]
    assert "](<" in result["markup"]
    for phrase in result["phrases"]:
        assert result["text"][phrase["start"] : phrase["end"]] == phrase["text"]
        assert all(Box(*box) for box in phrase["boxes"])


def test_a_program_gets_an_answer_about_a_box(client, blurred_photograph):
    result = client.predict(handle_file(str(blurred_photograph)), "Is this part blurred?", "[[0.55, 0.55, 0.95, 0.95]]", api_name="/answer")
    assert result["status"] == "answered"
    assert result["text"].startswith("Yes")
    assert 0.5 < result["confidence"] <= 1


def test_a_program_gets_a_score_with_its_interval(client, blurred_photograph):
    result = client.predict(handle_file(str(blurred_photograph)), "", api_name="/score")
    assert 0 <= result["low"] <= result["value"] <= result["high"] <= 1


@pytest.mark.parametrize(
    ("question", "boxes", "message"),
    [
        pytest.param("", "", "question", id="no question"),
        pytest.param("Is it sharp?", "[[0, 0, 2, 1]]", "0 <= x1", id="a box outside the image"),
        pytest.param("Is it sharp?", "nonsense", "not JSON", id="boxes that are no JSON"),
    ],
)
def test_a_program_is_told_what_is_wrong(client, blurred_photograph, question, boxes, message):
    with pytest.raises(AppError, match=message):
        client.predict(handle_file(str(blurred_photograph)), question, boxes, api_name="/answer")


def test_a_file_that_is_no_image_is_told(client, tmp_path):
    path = tmp_path / "text.jpg"
    path.write_text("hello")
    with pytest.raises(AppError, match=r"^This is text\. Images are read as JPEG"):
        client.predict(handle_file(str(path)), api_name="/describe")


def test_a_program_is_told_which_of_two_is_better_and_why(client, blurred_photograph):
    clean = handle_file(str(shipped("astronaut.png")))
    found = client.predict(handle_file(str(blurred_photograph)), clean, api_name="/compare")
    assert (found["preference"], found["scene"], found["reference_scene"], found["swap_consistent"]) == ("b", "same", "unknown", True) and 0.5 < found["confidence"] <= 1
    assert found["text"].startswith("Image B is better. Beyond Image B, Image A has obvious blur") and found["distortions"] == {"a": ["blur"]}
    (phrase,) = found["phrases"]
    assert phrase["image"] == "a" and found["text"][phrase["start"] : phrase["end"]] == phrase["text"] and intersection(Box(*phrase["boxes"][0]), Box(0.5, 0.5, 1, 1)) > 0.1


def test_a_program_compares_against_a_reference(client, blurred_photograph):
    clean, blurred = handle_file(str(shipped("astronaut.png"))), handle_file(str(blurred_photograph))
    found = client.predict(clean, blurred, clean, api_name="/compare")
    assert (found["preference"], found["reference_scene"], found["method"]) == ("a", "same", "against the reference")


def test_a_program_is_told_which_image_is_missing(client, blurred_photograph):
    with pytest.raises(AppError, match=r"^Image B is missing: send an image file for it\.$"):
        client.predict(handle_file(str(blurred_photograph)), None, api_name="/compare")


def test_only_the_four_endpoints_are_named(client):
    assert set(client.view_api(return_format="dict", print_info=False)["named_endpoints"]) == {"/describe", "/answer", "/score", "/compare"}


@pytest.fixture(scope="module")
def over_mcp(studio):
    """Calls something with an MCP session of the studio."""
    from mcp import ClientSession
    from mcp.client.streamable_http import streamablehttp_client

    async def called(act):
        async with streamablehttp_client(f"{studio.address}/gradio_api/mcp/") as (read, write, _), ClientSession(read, write) as session:
            await session.initialize()
            return await act(session)

    with ThreadPoolExecutor(1) as thread:  # a browser's test may have left a loop in this one
        yield lambda act: thread.submit(lambda: asyncio.run(called(act))).result()


def test_the_tools_are_offered_over_mcp(over_mcp):
    found = {tool.name: tool for tool in over_mcp(lambda session: session.list_tools()).tools}
    assert {name.split("_")[0] for name in found} == {"describe", "answer", "score", "compare"}
    assert all("quality" in tool.description for tool in found.values())
    told = found["compare_photographs"]
    assert "Tell which of two photographs has the better technical quality" in told.description and "swap_consistent" in told.description
    assert set(told.inputSchema["properties"]) == {"image_a", "image_b", "reference", "model"}


@pytest.mark.parametrize("reference", [False, True], ids=["alone", "with a reference"])
def test_two_photographs_are_compared_over_mcp(reference, over_mcp, blurred_photograph):
    files = {"image_a": shipped("astronaut.png"), "image_b": blurred_photograph, **({"reference": shipped("astronaut.png")} if reference else {})}
    uploaded = {name: f"data:image/png;base64,{base64.b64encode(path.read_bytes()).decode()}" for name, path in files.items()}
    answer = over_mcp(lambda session: session.call_tool("compare_photographs", uploaded))
    found = ast.literal_eval(answer.content[0].text)  # Gradio writes a dictionary as Python does
    assert not answer.isError
    assert (found["preference"], found["reference_scene"]) == ("a", "same" if reference else "unknown")


@pytest.mark.parametrize("text", ["", "  ", None])
def test_no_boxes_are_no_boxes(text):
    assert read_boxes(text) == ()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{}", "JSON list"),
        ("[1, 2]", "JSON list"),
        ("[[NaN, 0, 1, 1]]", "0 <= x1"),
        ('[["a", 0, 1, 1]]', "four numbers"),
        ("[[0.9, 0, 0.1, 1]]", "0 <= x1"),
        ("[" * 100_000, "not JSON"),
        (json.dumps([[0, 0, 1, 1]] * 21), "At most 20"),
    ],
)
def test_boxes_that_make_no_sense_are_refused(text, message):
    with pytest.raises(InvalidInput, match=message):
        read_boxes(text)
