/*
 * A text whose words speak of boxes, as a text field with its phrases marked in place. The field is a plain textarea (input methods, undo and
 * assistive technology work as everywhere) over a copy of its text that carries the marks. What people write is text and is never read as anything else.
 */

import { button, el } from "../dom.js";
import { t } from "../i18n/messages.js";
import { linkable, linkAt } from "./text_links.js";

function markNodes({ text, links }, model, state, decided) {
  const nodes = [];
  let done = 0;
  for (const link of links.filter((one) => !one.lost)) {
    if (link.start < done) continue;
    nodes.push(text.slice(done, link.start));
    const regions = model.regionsOf(link);
    const shows = (ids) => regions.some((id) => ids.includes(id));
    const classes = ["giqa-mark", model.isBroken(link) && "giqa-broken", shows(state.pointed) && "giqa-pointed", shows(state.chosen) && "giqa-chosen", decided.accepted.has(link.id) && "giqa-accepted", decided.current === link.id && "giqa-current"].filter(Boolean);
    nodes.push(el("mark", { class: classes.join(" "), "data-link": link.id }, text.slice(link.start, link.end)));
    done = link.end;
  }
  return [...nodes, text.slice(done), "\n"];
}

/** Links of the description that were accepted as proposed, and the one that the keys decide now. */
function decidedLinks(model, path, decide) {
  if (path !== "description") return { accepted: new Set(), current: null };
  const current = decide?.current();
  return { accepted: new Set(model.proposals().filter((one) => one.part === "phrase" && one.accepted).map(({ id }) => id)), current: current?.open && current.part === "phrase" ? current.id : null };
}

/** Words carried to a box by a finger, a pen or the mouse: from the grip beside the text, or the browser's own dragging of selected text. */
function carries(grip, field, link, { words, join }) {
  const carry = () => {
    const place = words();
    return place && ((regions) => join(place, regions));
  };
  let held = null;
  grip.addEventListener("pointerdown", (event) => {
    event.preventDefault(); // the words stay selected
    held = carry();
    if (held) grip.setPointerCapture(event.pointerId);
  });
  grip.addEventListener("pointermove", (event) => held && link.point([link.regionAt(event.clientX, event.clientY)].filter(Boolean)));
  for (const type of ["pointerup", "pointercancel"]) {
    grip.addEventListener(type, (event) => {
      const region = type === "pointerup" && held ? link.regionAt(event.clientX, event.clientY) : null;
      if (region) held([region]);
      if (held) link.point([]);
      held = null;
    });
  }
  field.addEventListener("dragstart", () => { link.carried = carry(); });
  field.addEventListener("dragend", () => { link.carried = null; });
}

/** The buttons below a text. */
function createLinkBar({ linkWords, unlink, absent }) {
  const act = (options, run) => {
    const node = button({ kind: "small", ...options });
    node.addEventListener("pointerdown", (event) => event.preventDefault()); // the words stay selected
    node.addEventListener("click", run);
    return node;
  };
  const join = act({ iconName: "link", title: t("text.linkHint"), keys: "Alt+R", text: t("text.link") }, linkWords);
  const grip = button({ kind: "small", iconName: "pan", title: t("text.drag"), class: "giqa-button giqa-small giqa-grip", tabindex: "-1" });
  const part = act({ iconName: "unlink", title: t("text.unlinkHint"), text: t("text.unlink") }, unlink);
  const missing = act({ iconName: "absent", title: t("text.absentHint"), text: t("text.absent") }, absent);
  const hint = el("span", { class: "giqa-hint-text", role: "status" });
  return { node: el("div", { class: "giqa-link-bar" }, join, grip, part, missing, hint), join, grip, part, missing, hint };
}

/**
 * `path`: which text of the model. `link`: {point, choose, selection, state, regionAt}: what the canvas shows and holds. Returns {node, update, field,
 * linkWords}; `update` after each change of the model or of what is pointed at. `decide`: see decisions.js.
 */
export function createLinkedText({ model, path, label, link, placeholder = "", decide = null }) {
  const field = el("textarea", { class: "giqa-words", rows: "1", dir: "auto", "aria-label": label, placeholder, spellcheck: "true" });
  const backdrop = el("div", { class: "giqa-backdrop", "aria-hidden": "true", dir: "auto" });
  const words = () => linkable(field.value, field.selectionStart, field.selectionEnd);
  const here = () => (node.contains(document.activeElement) ? linkAt(model.text(path), field.selectionEnd) : null);
  const join = (place, regions) => model.link(path, place.start, place.end, regions) && field.setSelectionRange(place.end, place.end);
  const linkWords = () => {
    const [place, regions] = [words(), link.selection()];
    if (!place) bar.hint.textContent = t("text.selectWords");
    else if (!regions.length) bar.hint.textContent = t("text.selectBox");
    else join(place, regions);
  };
  const absent = () => {
    const place = words();
    if (place) model.addAbsent(field.value.slice(place.start, place.end));
  };
  const bar = createLinkBar({ linkWords, unlink: () => here() && model.unlink(path, here().id), absent });
  const node = el("div", { class: "giqa-linked" }, el("div", { class: "giqa-sheet" }, el("div", {}, backdrop, field)), bar.node);
  carries(bar.grip, field, link, { words, join });

  const refreshBar = () => {
    const [place, regions, current] = [words(), link.selection(), here()];
    bar.join.disabled = !place || !regions.length;
    bar.part.disabled = !current;
    bar.missing.disabled = !place;
    bar.grip.hidden = !place;
    bar.hint.textContent = place && !regions.length ? t("text.selectBoxToLink") : place ? t("text.toSelected", { n: regions.length }) : "";
  };
  field.addEventListener("input", () => model.editText(path, field.value, field.selectionEnd));
  field.addEventListener("keydown", (event) => {
    if (!event.altKey || event.code !== "KeyR") return;
    event.preventDefault();
    linkWords();
  });
  for (const type of ["select", "keyup"]) field.addEventListener(type, refreshBar);
  node.addEventListener("focusin", refreshBar);
  node.addEventListener("focusout", ({ relatedTarget }) => { if (!node.contains(relatedTarget)) refreshBar(); }); // its buttons are at work for the words selected in it
  field.addEventListener("click", () => {
    refreshBar();
    const found = here();
    if (found && field.selectionStart === field.selectionEnd) link.choose(model.regionsOf(found));
  });
  followHover(field, backdrop, (mark) => {
    const found = mark && model.text(path)?.links.find((one) => one.id === mark.dataset.link);
    link.point(found ? model.regionsOf(found) : []);
  });

  const update = () => {
    const text = model.text(path);
    if (!text) return;
    if (field.value !== text.text) field.value = text.text;
    backdrop.replaceChildren(...markNodes(text, model, link.state, decidedLinks(model, path, decide)));
    refreshBar();
  };
  update();
  return { node, update, field, words, linkWords, hint: (said) => { bar.hint.textContent = said; } };
}

/** `onMark(mark | null)` whenever the pointer comes upon another phrase. */
function followHover(field, backdrop, onMark) {
  let over = null;
  const tell = (mark) => {
    if (mark === over) return;
    over = mark;
    onMark(mark);
  };
  field.addEventListener("pointermove", (event) => tell(markUnder(backdrop, event)));
  field.addEventListener("pointerleave", () => tell(null));
}

function markUnder(backdrop, { clientX, clientY }) {
  const holds = ({ left, right, top, bottom }) => left <= clientX && clientX <= right && top <= clientY && clientY <= bottom;
  return [...backdrop.querySelectorAll(".giqa-mark")].find((mark) => [...mark.getClientRects()].some(holds)) ?? null;
}
