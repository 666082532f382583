"""The Annotate page on a real server, in a real browser: correcting, saving, what happens when network, server or another tab get in the way."""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, expect

from core.export.giqa import read_folder, validate
from tests.browser.annotate_driver import Studio, description, drag_box, edit_of, open_task, saved, write
from tests.browser.at_rest import at_rest, sideways, until_in
from tests.browser.canvas_driver import bring_file

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def server(tmp_path_factory) -> Iterator[Studio]:
    studio = Studio(tmp_path_factory.mktemp("annotate"))
    yield studio
    studio.kill()


PROJECTS = iter(range(1, 1000))


@pytest.fixture
def tasks(server, tmp_path, png) -> list[int]:
    """Three fresh tasks of a project of their own, with a description and a box each."""
    from core.boxes import Box
    from core.export.giqa import put_image, write_folder
    from core.grounded_text import compose
    from core.images import open_image
    from core.records import ImageReference, Record, with_regions

    text, regions = with_regions(compose("The ", ("sky", [Box(0.1, 0.1, 0.5, 0.5)]), " 🗼 is noisy."))
    image, number = open_image(png), next(PROJECTS)
    records = [Record(ImageReference(image.sha256, image.size, f"roof{row}.png"), f"set {number}", row, regions, (), text) for row in range(3)]
    write_folder(tmp_path / "set", records, config={})
    put_image(tmp_path / "set", image.sha256, png)
    before = {task["id"] for task in server.get("/api/tasks?limit=200")["tasks"]}
    assert server.job("/api/imports/folder", path=str(tmp_path / "set"), project=f"Set {number}")["added"] == 3
    return sorted({task["id"] for task in server.get("/api/tasks?limit=200")["tasks"]} - before)


@pytest.fixture
def context(new_context) -> BrowserContext:
    return new_context(viewport={"width": 1400, "height": 900})


def test_a_newcomer_meets_samples_and_not_an_empty_page(context, tmp_path):
    studio = Studio(tmp_path)
    page = context.new_page()
    page.goto(studio.address)
    page.get_by_role("tab", name="Annotate").click()
    page.get_by_role("button", name="Open the sample project").click()
    expect(description(page)).to_be_visible()
    expect(page.locator(".giqa-task")).to_have_count(12)
    page.close()
    studio.kill()


def test_boxes_words_tags_and_questions_are_corrected_saved_and_there_after_a_reload(context, server, tasks):
    page = open_task(context, server, tasks[0])
    expect(page.locator(".giqa-mark")).to_have_text("sky")
    drag_box(page, (0.3, 0.3), (0.5, 0.4))
    expect(page.locator(".giqa-badge[data-change=moved]")).to_be_visible()
    description(page).fill("Look: the sky 🗼 is very noisy.")
    page.get_by_role("button", name="Add a tag").click()
    page.keyboard.type("sky")
    page.get_by_label("Quality").fill("very noisy")
    page.get_by_role("button", name="Add a question").click()
    page.keyboard.type("Is it noisy?")
    page.locator("[data-panel=questions] textarea").nth(1).fill("Yes.")
    saved(page)
    edit = edit_of(server, tasks[0])
    assert edit["regions"][0]["box"] == pytest.approx([0.3, 0.2, 0.7, 0.6], abs=0.02)
    assert edit["description"]["text"] == "Look: the sky 🗼 is very noisy."
    assert edit["tags"] == [{"phrase": "sky", "quality": "very noisy", "effect": "negative"}]
    assert [(one["kind"], one["question"]["text"], one["answer"]["text"]) for one in edit["questions"]] == [("yes_no", "Is it noisy?", "Yes.")]
    page.reload()
    page.get_by_role("tab", name="Annotate").click()
    expect(description(page)).to_have_value("Look: the sky 🗼 is very noisy.")
    expect(page.locator(".giqa-changes")).to_contain_text("1 box moved · text changed")


def test_links_move_with_the_text_break_visibly_and_are_made_again(context, server, tasks):
    page = open_task(context, server, tasks[0])
    description(page).focus()
    page.keyboard.press("Control+Home")
    page.keyboard.type("Yes. ")
    expect(page.locator("[data-panel=description] .giqa-mark")).to_have_text("sky")
    description(page).fill("Nothing of it is left.")
    lost = page.locator(".giqa-broken-links li")
    expect(lost).to_contain_text("sky")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".giqa-task-message")).to_contain_text("has lost its box")
    description(page).evaluate("(field) => { field.focus(); field.setSelectionRange(0, 7); }")
    lost.get_by_role("button", name="Link its boxes").click()
    expect(lost).to_have_count(0)
    expect(page.locator("[data-panel=description] .giqa-mark")).to_have_text("Nothing")
    saved(page)
    assert edit_of(server, tasks[0])["description"]["phrases"] == [{"start": 0, "end": 7, "regions": ["r1"]}]


def test_words_and_a_new_box_are_linked_with_the_keyboard_alone(context, server, tasks):
    page = open_task(context, server, tasks[0])
    page.locator(".giqa-task-canvas .giqa-stage").focus()
    page.keyboard.press("r")
    page.keyboard.press("Escape")
    page.keyboard.press("Enter")
    page.keyboard.press("l")
    page.keyboard.press("End")
    page.keyboard.press("Control+Home")
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Alt+r")
    expect(page.locator("[data-panel=description] .giqa-mark")).to_have_text(["The", "sky"])
    saved(page)
    phrases = edit_of(server, tasks[0])["description"]["phrases"]
    assert [(one["start"], one["end"]) for one in phrases] == [(0, 3), (4, 7)] and len(edit_of(server, tasks[0])["regions"]) == 2


def test_keys_of_the_canvas_do_nothing_while_one_types(context, server, tasks):
    page = open_task(context, server, tasks[0])
    write(page, "rvhda0+-?l")
    page.keyboard.press("Backspace")
    page.keyboard.press("ArrowLeft")
    saved(page)
    assert edit_of(server, tasks[0])["description"]["text"].endswith("rvhda0+-?")
    assert page.url.endswith(f"#task={tasks[0]}") and len(edit_of(server, tasks[0])["regions"]) == 1


def test_what_is_pressed_before_the_next_of_the_list_is_there_changes_nothing_of_the_submitted_one(context, server, tasks):
    held = []
    context.route(re.compile(rf"/api/tasks/{tasks[1]}(\?.*)?$"), lambda route: held.append(route))
    page = open_task(context, server, tasks[0])
    write(page, " Whole.")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".giqa-desk[aria-busy=true]")).to_have_count(1)
    page.keyboard.type(" Too soon.")
    page.keyboard.press("Control+Enter")
    until_in(page, lambda: held)
    for route in held:
        route.continue_()
    expect(page).to_have_url(re.compile(f"#task={tasks[1]}$"))
    expect(page.locator(".giqa-task-canvas .giqa-stage")).to_be_focused()
    until_in(page, lambda: server.get(f"/api/tasks/{tasks[0]}")["state"] == "submitted")
    assert edit_of(server, tasks[0])["description"]["text"].endswith(" Whole.")


def test_submit_opens_the_next_and_skip_asks_why(context, server, tasks):
    page = open_task(context, server, tasks[0])
    write(page, " Corrected.")
    page.keyboard.press("Control+Enter")
    expect(page).to_have_url(re.compile(f"#task={tasks[1]}$"))
    expect(page.locator(f".giqa-task[data-task='{tasks[0]}']")).to_have_attribute("data-state", "submitted")
    page.keyboard.press("Control+Space")
    page.get_by_role("button", name="I am not sure").click()
    expect(page).to_have_url(re.compile(f"#task={tasks[2]}$"))
    expect(page.locator(f".giqa-task[data-task='{tasks[1]}']")).to_have_attribute("data-state", "skipped")
    first, second = (server.get(f"/api/tasks/{task}") for task in tasks[:2])
    assert (first["state"], first["edit"]["description"]["text"]) == ("submitted", "The sky 🗼 is noisy. Corrected.")
    assert (second["state"], second["reason"]) == ("skipped", "I am not sure")


def test_the_proposal_and_every_version_come_back(context, server, tasks):
    page = open_task(context, server, tasks[0])
    write(page, " First.")
    saved(page)
    write(page, " Second.")
    saved(page)
    page.get_by_role("button", name="Back to the machine's proposal").click()
    expect(description(page)).to_have_value("The sky 🗼 is noisy.")
    saved(page)
    page.locator("[data-panel=history] summary").click()
    rows = page.locator(".giqa-history li")
    expect(rows).to_have_count(4)
    rows.nth(2).get_by_role("button", name="Make this version").click()
    expect(description(page)).to_have_value("The sky 🗼 is noisy. First.")
    saved(page)
    assert len(server.get(f"/api/tasks/{tasks[0]}/history")["revisions"]) == 4


def test_offline_nothing_is_lost_not_even_by_a_reload_and_each_save_arrives_once(context, server, tasks):
    page = open_task(context, server, tasks[0])
    context.set_offline(True)
    for number in range(2):
        write(page, f" Offline {number}.")
        expect(page.locator(".giqa-save-state")).to_have_attribute("data-kind", "waiting")
        if number == 0:
            context.set_offline(False)  # the next task has to come from somewhere
            saved(page)
            page.keyboard.press("Control+Enter")
            expect(page).to_have_url(re.compile(f"#task={tasks[1]}$"))
            context.set_offline(True)
    expect(page.locator(".giqa-offline")).to_contain_text(re.compile("You are offline. (One save is|[0-9]+ saves are) kept in this browser"))
    page.close()
    context.set_offline(False)
    page = open_task(context, server, tasks[2])
    for number, task in enumerate(tasks[:2]):
        until_in(page, lambda task=task, number=number: edit_of(server, task)["description"]["text"].endswith(f"Offline {number}."))
        texts = [server.get(f"/api/tasks/{task}/revisions/{one['revision']}")["edit"]["description"]["text"] for one in server.get(f"/api/tasks/{task}/history")["revisions"]]
        drafts = [text for text, one in zip(texts, server.get(f"/api/tasks/{task}/history")["revisions"], strict=True) if one["status"] == "draft"]
        assert len(drafts) == len(set(drafts)), "a save arrived twice"
    assert page.evaluate("indexedDB.databases().then((all) => all.some(({name}) => name === 'giqa-outbox'))")


def test_two_tabs_of_one_task_the_second_is_told_and_both_works_are_kept(context, server, tasks):
    first, second = (open_task(context, server, tasks[0]) for _ in range(2))
    drag_box(first, (0.3, 0.3), (0.4, 0.3))
    write(first, " From the first tab.")
    saved(first)
    write(second, " From the second tab.")
    dialog = second.get_by_role("dialog", name="This task was saved elsewhere")
    expect(dialog).to_contain_text("From the first tab.")
    expect(dialog).to_contain_text("From the second tab.")
    dialog.get_by_label("Theirs").check()
    dialog.get_by_role("button", name="Save merged").click()
    saved(second)
    merged = edit_of(server, tasks[0])
    assert merged["description"]["text"] == "The sky 🗼 is noisy. From the first tab."
    assert merged["regions"][0]["box"][0] == pytest.approx(0.2, abs=0.02)
    texts = [server.get(f"/api/tasks/{tasks[0]}/revisions/{one['revision']}")["edit"]["description"]["text"] for one in server.get(f"/api/tasks/{tasks[0]}/history")["revisions"]]
    assert texts[:2] == ["The sky 🗼 is noisy. From the first tab."] * 2  # the newest first
    assert all("The sky 🗼 is noisy. From the first tab.".startswith(text) for text in texts)  # behind them what was saved while one typed, nothing of the second tab


def test_a_killed_server_loses_nothing(context, server, tasks):
    page = open_task(context, server, tasks[0])
    write(page, " Before.")
    saved(page)
    server.kill()
    write(page, " While it was down.")
    expect(page.locator(".giqa-save-state")).to_have_attribute("data-kind", "waiting")
    expect(page.locator(".giqa-offline")).to_contain_text("The studio does not answer")
    server.start()
    saved(page)
    assert edit_of(server, tasks[0])["description"]["text"] == "The sky 🗼 is noisy. Before. While it was down."


NASTY = "<img src=x onerror=window.hacked=1> ${window.hacked=1} `x` مرحبا"


def test_what_looks_like_a_program_stays_text_everywhere(context, server, tasks):
    page = open_task(context, server, tasks[0])
    description(page).fill(NASTY)
    description(page).evaluate("(field) => { field.focus(); field.setSelectionRange(0, 20); }")
    page.locator(".giqa-box-name").click()
    description(page).evaluate("(field) => { field.focus(); field.setSelectionRange(0, 20); }")
    page.get_by_role("button", name="Link the selected words").first.click()
    page.get_by_role("button", name="Add a tag").click()
    page.keyboard.type(NASTY)
    saved(page)
    page.reload()
    page.get_by_role("tab", name="Annotate").click()
    expect(description(page)).to_have_value(NASTY)
    assert page.evaluate("window.hacked") is None and page.locator(".giqa-tasks img[src=x]").count() == 0


def test_the_list_is_searched_and_filtered(context, server, tasks):
    page = open_task(context, server, tasks[0])
    page.get_by_label("Search tasks").fill("roof1.png")
    page.locator(".giqa-chip[data-state=open]").click()
    expect(page.locator(".giqa-task").first).to_be_visible()
    found = server.get("/api/tasks?search=roof1.png&state=open")["tasks"]
    expect(page.locator(".giqa-task")).to_have_count(len(found))
    page.get_by_label("Search tasks").fill("no such thing")
    expect(page.locator(".giqa-task-end")).to_have_text("No tasks here.")


def test_photographs_come_in_from_the_page_and_a_broken_one_is_named(context, server, tasks, blurred_photograph, tmp_path):
    (tmp_path / "broken.png").write_bytes(b"\x89PNG not really")
    (tmp_path / "texts.json").write_text("[]")
    page = open_task(context, server, tasks[0])
    page.get_by_role("button", name="Add photographs, or import").click()
    dialog = page.get_by_role("dialog", name="Add tasks")
    dialog.get_by_label("Project").fill("Brought in")
    dialog.locator("input[type=file]").set_input_files([blurred_photograph, tmp_path / "broken.png", tmp_path / "texts.json"])
    expect(dialog).to_contain_text("1 task added")
    expect(dialog).to_contain_text("broken.png")
    expect(dialog).to_contain_text("texts.json is neither COCO nor an export of Label Studio")
    dialog.get_by_role("button", name="Open the tasks").click()
    expect(page.locator(".giqa-task")).to_have_count(1)
    expect(page.locator(".giqa-mark").first).to_be_visible()


def test_photographs_can_be_dropped_anywhere_on_the_page(context, server, tasks, blurred_photograph):
    page = open_task(context, server, tasks[0])
    bring_file(page, "drop", ".giqa-desk", blurred_photograph.read_bytes(), "dropped.jpg", "image/jpeg")
    expect(page.get_by_role("dialog", name="Add tasks")).to_contain_text("1 task added")


def test_an_export_from_the_page_is_read_back_field_by_field(context, server, tasks, tmp_path):
    page = open_task(context, server, tasks[0])
    write(page, " Exported.")
    page.keyboard.press("Control+Enter")
    expect(page.locator(f".giqa-task[data-task='{tasks[0]}']")).to_have_attribute("data-state", "submitted")
    saved_state = server.get(f"/api/tasks/{tasks[0]}")
    name = next(one["name"] for one in server.get("/api/projects")["projects"] if one["id"] == saved_state["project"])
    page.get_by_role("button", name="Export records").click()
    dialog = page.get_by_role("dialog", name="Export")
    dialog.get_by_label("Project").select_option(str(saved_state["project"]))
    dialog.get_by_label("Records").select_option("submitted")
    dialog.get_by_role("button", name="Make the export").click()
    expect(dialog).to_contain_text("Records: 1, images: 1, boxes: 1, questions: 0.")
    with page.expect_download() as download:
        dialog.get_by_role("link", name="Download giqa-").click()
    assert re.fullmatch(r"giqa-[0-9a-f]{12}\.zip", download.value.suggested_filename) and name.startswith("Set ")
    with zipfile.ZipFile(download.value.path()) as packed:
        packed.extractall(tmp_path / "export")
    (record,) = read_folder(tmp_path / "export")[1].records()
    assert validate(tmp_path / "export") == []
    assert record.description.text == "The sky 🗼 is noisy. Exported." and record.correction.status == "submitted"
    plain = json.loads(next((tmp_path / "export" / "records").iterdir()).read_text(encoding="utf-8"))
    assert plain["description"] == saved_state["edit"]["description"]


def test_correct_this_brings_what_was_said_into_the_editor(context, server, blurred_photograph):
    page = context.new_page()
    page.goto(server.address)
    page.locator("input[type=file]").first.set_input_files(blurred_photograph)
    said = page.locator(".giqa-text [data-kind=description]:not([data-state]) p")
    expect(said).to_be_visible()
    words = said.inner_text()
    page.get_by_role("button", name="Correct this").click()
    expect(description(page)).to_have_value(words)
    number = int(re.search(r"#task=(\d+)$", page.url)[1])
    task = server.get(f"/api/tasks/{number}")
    assert task["proposal"]["source"] == "assess" and task["edit"]["description"]["phrases"]


def test_on_a_phone_the_list_is_a_drawer_and_nothing_runs_out_of_the_page(context, server, tasks):
    page = open_task(context, server, tasks[0])
    page.set_viewport_size({"width": 390, "height": 844})
    expect(page.locator(".giqa-task-list")).to_be_hidden()
    page.get_by_role("button", name="Tasks", exact=True).click()
    expect(page.locator(".giqa-task").first).to_be_visible()
    assert sideways(page) <= 0


def test_back_and_forward_lead_through_the_tasks_that_were_open(context, server, tasks):
    page = open_task(context, server, tasks[0])
    write(page, " Seen.")
    page.keyboard.press("Control+Enter")
    expect(page).to_have_url(re.compile(f"#task={tasks[1]}$"))
    expect(description(page)).to_have_value("The sky 🗼 is noisy.")
    write(page, " Half done.")
    page.go_back()
    expect(description(page)).to_have_value("The sky 🗼 is noisy. Seen.")
    expect(page.locator(f".giqa-task[data-task='{tasks[0]}']")).to_have_attribute("aria-current", "true")
    page.go_forward()
    expect(description(page)).to_have_value("The sky 🗼 is noisy. Half done.")
    saved(page)
    assert edit_of(server, tasks[1])["description"]["text"] == "The sky 🗼 is noisy. Half done."
    page.evaluate("location.hash = '#task=987654'")  # a task that is not there: what is open stays open
    expect(page.locator(".giqa-task-message")).to_contain_text("There is no task 987654")
    expect(page).to_have_url(re.compile(f"#task={tasks[1]}$"))
    expect(description(page)).to_have_value("The sky 🗼 is noisy. Half done.")


def test_a_reload_in_the_middle_of_drawing_and_of_a_word_keeps_what_was_there(context, server, tasks):
    page = open_task(context, server, tasks[0])
    drag_box(page, (0.55, 0.55), (0.7, 0.8))
    description(page).focus()
    page.keyboard.press("Control+End")
    page.keyboard.type(" Half a wo")
    picture = at_rest(page.locator(".giqa-task-canvas .giqa-picture"))
    page.mouse.move(picture["x"] + 20, picture["y"] + 20)
    page.mouse.down()
    page.mouse.move(picture["x"] + 60, picture["y"] + 60, steps=3)
    page.on("dialog", lambda dialog: dialog.accept())
    page.reload()
    page.get_by_role("tab", name="Annotate").click()
    expect(description(page)).to_have_value("The sky 🗼 is noisy. Half a wo")
    expect(page.locator(".giqa-region:not(.giqa-draft)")).to_have_count(len(edit_of(server, tasks[0])["regions"]))
