/*
 * A text whose words speak of boxes, as a text field with its phrases marked in place. The field is a plain textarea (input methods, undo and
 * assistive technology work as everywhere) over a copy of its text that carries the marks. What people write is text and is never read as anything else.
 */

import { button, el } from "../dom.js";
import { count } from "../words.js";
import { linkable, linkAt } from "./text_links.js";

function markNodes({ text, links }, model, state) {
  const nodes = [];
  let done = 0;
  for (const link of links.filter((one) => !one.lost)) {
    if (link.start < done) continue;
    nodes.push(text.slice(done, link.start));
    const regions = model.regionsOf(link);
    const shows = (ids) => regions.some((id) => ids.includes(id));
    const classes = ["giqa-mark", model.isBroken(link) && "giqa-broken", shows(state.pointed) && "giqa-pointed", shows(state.chosen) && "giqa-chosen"].filter(Boolean);
    nodes.push(el("mark", { class: classes.join(" "), "data-link": link.id }, text.slice(link.start, link.end)));
    done = link.end;
  }
  return [...nodes, text.slice(done), "\n"];
}

/**
 * `path`: which text of the model. `link`: {point, choose, selection, state}: what the canvas shows and holds. Returns {node, update}; `update` after
 * each change of the model or of what is pointed at.
 */
export function createLinkedText({ model, path, label, link, placeholder = "" }) {
  const field = el("textarea", { class: "giqa-words", rows: "1", dir: "auto", "aria-label": label, placeholder, spellcheck: "true" });
  const backdrop = el("div", { class: "giqa-backdrop", "aria-hidden": "true", dir: "auto" });
  const join = button({ iconName: "link", title: "Link the selected words to the selected boxes", keys: "Alt+R", kind: "small", text: "Link" });
  const part = button({ iconName: "unlink", title: "Take the words' boxes away", kind: "small", text: "Unlink" });
  const hint = el("span", { class: "giqa-hint-text", role: "status" });
  const bar = el("div", { class: "giqa-link-bar" }, join, part, hint);
  const node = el("div", { class: "giqa-linked" }, el("div", { class: "giqa-sheet" }, backdrop, field), bar);

  const words = () => linkable(field.value, field.selectionStart, field.selectionEnd);
  const here = () => (document.activeElement === field ? linkAt(model.text(path), field.selectionEnd) : null);
  const linkWords = () => {
    const place = words();
    const regions = link.selection();
    if (!place) hint.textContent = "Select the words first.";
    else if (!regions.length) hint.textContent = "Select a box on the picture first.";
    else model.link(path, place.start, place.end, regions);
  };
  const refreshBar = () => {
    const [place, regions, current] = [words(), link.selection(), here()];
    join.disabled = !place || !regions.length;
    part.disabled = !current;
    hint.textContent = place && !regions.length ? "Select a box on the picture to link it." : place ? `to ${count(regions.length, "selected box", "selected boxes")}` : "";
  };
  for (const control of [join, part]) control.addEventListener("pointerdown", (event) => event.preventDefault()); // the words stay selected
  join.addEventListener("click", linkWords);
  part.addEventListener("click", () => here() && model.unlink(path, here().id));
  field.addEventListener("input", () => model.editText(path, field.value, field.selectionEnd));
  field.addEventListener("keydown", (event) => {
    if (!event.altKey || event.code !== "KeyR") return;
    event.preventDefault();
    linkWords();
  });
  for (const type of ["select", "keyup", "focus", "blur"]) field.addEventListener(type, refreshBar);
  field.addEventListener("click", () => {
    refreshBar();
    const found = here();
    if (found && field.selectionStart === field.selectionEnd) link.choose(model.regionsOf(found));
  });
  let over = null;
  field.addEventListener("pointermove", (event) => {
    const mark = markUnder(backdrop, event);
    if (mark === over) return;
    over = mark;
    const found = mark && model.text(path)?.links.find((one) => one.id === mark.dataset.link);
    link.point(found ? model.regionsOf(found) : []);
  });
  field.addEventListener("pointerleave", () => {
    if (over) link.point([]);
    over = null;
  });

  const update = () => {
    const text = model.text(path);
    if (!text) return;
    if (field.value !== text.text) field.value = text.text;
    backdrop.replaceChildren(...markNodes(text, model, link.state));
    refreshBar();
  };
  update();
  return { node, update, field, hint: (words) => { hint.textContent = words; } };
}

function markUnder(backdrop, { clientX, clientY }) {
  const holds = ({ left, right, top, bottom }) => left <= clientX && clientX <= right && top <= clientY && clientY <= bottom;
  return [...backdrop.querySelectorAll(".giqa-mark")].find((mark) => [...mark.getClientRects()].some(holds)) ?? null;
}
