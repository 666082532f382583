/*
 * Comments on a task: threads pinned to boxes, words, points or the whole, answered and resolved. The review page and the task editor both show this
 * panel; what people write goes in as text.
 */

import { clock } from "../annotate/desk.js";
import { button, el } from "../dom.js";
import { t } from "../i18n/messages.js";
import { anchorOf, anchorText, threadsOf } from "./anchors.js";
import { api } from "./api.js";
import { createPins } from "./pins.js";

function act(options, run) {
  const node = button({ kind: "small", ...options });
  node.addEventListener("click", run);
  return node;
}

/** A field that grows with what is written in it, sent with a button or Ctrl+Enter; it is free for the next words at once. `send(text)` rejects with what is told. */
function createWriter({ label, words, send }) {
  const field = el("textarea", { class: "giqa-comment-field", rows: "2", "aria-label": label, placeholder: label, maxlength: "5000", dir: "auto" });
  const go = act({ iconName: "check", title: words, text: words }, () => submit());
  const told = el("span", { class: "giqa-hint-text", role: "status" });
  const submit = async () => {
    const text = field.value;
    if (!text.trim()) return;
    field.value = "";
    told.textContent = "";
    try {
      await send(text);
    } catch (error) {
      field.value = [text, field.value].filter(Boolean).join("\n");
      told.textContent = error.message;
    }
  };
  field.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    event.stopPropagation();
    submit();
  });
  return { field, nodes: [field, go, told] };
}

/**
 * `task`; `revision()`: the number of the version that is spoken of, null for none; `canvas`, `link`, `model()`: of the editor beside it; `nameOf(id)`,
 * `me`: whose the comments are; `say(message)`. Returns {node, load(), focus(), pin(), update(), hasUnsent()}.
 */
export function createComments({ task, revision, canvas, link, model, nameOf, me, say }) {
  let [threads, point] = [[], null];
  const list = el("ul", { class: "giqa-threads" });
  const where = el("span", { class: "giqa-badge", role: "status" });
  const labelOf = (id) => model()?.regions().find((one) => one.id === id)?.label ?? "";
  const pins = createPins(canvas, (thread) => show(thread, true));
  let words = null; // what was selected when the field for a comment took the focus

  const anchor = () => anchorOf({ point, regions: link.selection(), text: model()?.text("description")?.text ?? "", selection: words });
  const update = () => {
    where.textContent = anchorText(anchor(), labelOf);
    unpin.hidden = anchor().kind === "task";
  };
  const refresh = (comments) => {
    threads = threadsOf(comments);
    const focused = list.contains(document.activeElement) ? document.activeElement : null;
    list.replaceChildren(...threads.map(row));
    if (list.contains(focused)) focused.focus(); // an answer that is being written
    pins.show(threads);
    node.open ||= threads.some(({ first }) => !first.resolved);
    title.textContent = t("comment.title", { n: threads.filter(({ first }) => !first.resolved).length });
  };
  const load = () => api.comments(task).then(({ comments }) => refresh(comments), (error) => list.replaceChildren(el("li", { role: "alert" }, error.message)));

  const show = ({ first }, focus = false) => {
    if (first.anchor.kind === "region") link.choose([first.anchor.region]);
    node.open = true;
    const found = list.querySelector(`[data-comment="${first.id}"]`);
    list.querySelectorAll(".giqa-thread-shown").forEach((one) => one.classList.remove("giqa-thread-shown"));
    found?.classList.add("giqa-thread-shown");
    if (focus) found?.querySelector("textarea, button")?.focus();
  };
  const said = (one) => el("div", { class: "giqa-remark" }, el("small", {}, one.user === me ? t("comment.you") : nameOf(one.user), " · ", clock(one.created_at)), el("p", { dir: "auto" }, one.text));
  const answering = new Map(); // kept while the list is told anew: somebody may be writing
  const replyTo = (thread) => {
    if (!answering.has(thread)) answering.set(thread, createWriter({ label: t("comment.reply"), words: t("comment.send"), send: async (text) => {
      await api.comment(task, { text, thread });
      await load();
    } }));
    return answering.get(thread);
  };
  const row = (thread, index) => {
    const { first, replies } = thread;
    const place = el("button", { type: "button", class: "giqa-link", dir: "auto" }, `${index + 1} · ${anchorText(first.anchor, labelOf)}`);
    place.addEventListener("click", () => show(thread));
    const settle = act({ iconName: first.resolved ? "restore" : "check", title: t(first.resolved ? "comment.reopen" : "comment.resolve"), text: t(first.resolved ? "comment.reopen" : "comment.resolve") }, async () => {
      await api.resolve(first.id, !first.resolved).catch(() => null);
      await load();
    });
    const answers = first.resolved ? [] : [el("div", { class: "giqa-writer" }, ...replyTo(first.id).nodes)];
    return el("li", { "data-comment": first.id, "data-resolved": String(first.resolved) }, el("div", { class: "giqa-thread-head" }, place, settle), said(first), ...replies.map(said), ...answers);
  };

  const writer = createWriter({ label: t("comment.new"), words: t("comment.send"), send: async (text) => {
    const [at, version, kept] = [anchor(), revision(), [point, words]];
    [point, words] = [null, null];
    update();
    await api.comment(task, { text, anchor: at, revision: version }).catch((error) => {
      if (!point && !words) [point, words] = kept;
      update();
      throw error;
    });
    await load();
  } });
  writer.field.addEventListener("focus", (event) => {
    const from = event.relatedTarget;
    words = from?.classList?.contains("giqa-words") ? { start: from.selectionStart, end: from.selectionEnd } : words;
    update();
  });
  const pin = async () => {
    node.open = true;
    where.textContent = t("comment.press");
    point = await pins.ask();
    update();
    writer.field.focus();
  };
  const pinned = act({ iconName: "draw", title: t("comment.pinHint"), text: t("comment.pinPoint") }, pin);
  const unpin = act({ iconName: "close", title: t("comment.unpin"), hidden: true }, () => {
    [point, words] = [null, null];
    link.choose([]);
    update();
  });
  const title = el("summary", {}, t("comment.title", { n: 0 }));
  const node = el("details", { class: "giqa-panel giqa-comments", "data-panel": "comments" }, title, list,
    el("div", { class: "giqa-writer" }, writer.field, el("div", { class: "giqa-link-bar" }, writer.nodes[1], pinned, where, unpin, writer.nodes[2])));
  node.addEventListener("pointerenter", update);
  update();
  load();
  return {
    node, load, update, pin,
    /** Whether words are still in a field, which is told and has the focus then: they would be gone with what is left. */
    hasUnsent() {
      const field = [writer, ...answering.values()].map((one) => one.field).find((one) => one.isConnected && one.value.trim());
      if (!field) return false;
      node.open = true;
      field.focus();
      say(t("comment.unsent"));
      return true;
    },
    focus() {
      node.open = true;
      writer.field.focus();
    },
  };
}
