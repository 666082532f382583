/* What the sections are made of: forms that say what came of them, and secrets that are shown once. */

import { button, el } from "../dom.js";
import { asked } from "../annotate/api.js";
import { language, t } from "../i18n/messages.js";

/** A request with a body; rejects with a message to show. */
export const sent = (method, path, body = {}) => asked(path, { method, headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });

export const moment = (time) => new Date(time).toLocaleString(language(), { dateStyle: "medium", timeStyle: "short" });
export const day = (time) => new Date(time).toLocaleDateString(language(), { dateStyle: "medium" });

export const field = (label, control, hint = "") => el("label", { class: "giqa-people-field" }, el("span", {}, label), control, hint ? el("small", {}, hint) : null);

export const input = (name, attributes = {}) => el("input", { name, ...attributes });

export function choice(name, options, chosen, attributes = {}) {
  return el("select", { name, ...attributes }, ...Object.entries(options).map(([value, text]) => el("option", { value, selected: value === chosen }, text)));
}

export const roles = () => ({ annotator: t("people.role.annotator"), reviewer: t("people.role.reviewer"), admin: t("people.role.admin") });

export const section = (title, ...parts) => el("section", {}, el("h3", {}, title), ...parts.filter(Boolean));

/** A form whose `send(values)` may give a message, and may reject with one. */
export function form(fields, submit, send) {
  const said = el("p", { class: "giqa-people-said", role: "status" });
  const node = el("form", {}, ...fields, el("div", { class: "giqa-people-row" }, submit), said);
  node.addEventListener("submit", (event) => {
    event.preventDefault();
    doing(said, submit, async () => {
      const message = await send(Object.fromEntries(new FormData(node)));
      node.querySelectorAll("input[type=password]").forEach((one) => (one.value = ""));
      return message;
    });
  });
  return node;
}

/** Does the work while the button rests, and says what came of it. */
export async function doing(said, pressed, work) {
  pressed.disabled = true;
  said.classList.remove("giqa-people-wrong");
  said.textContent = "";
  try {
    said.textContent = (await work()) ?? "";
  } catch (error) {
    said.classList.add("giqa-people-wrong");
    said.textContent = error.message;
  } finally {
    pressed.disabled = false;
  }
}

export const submit = (text, iconName = "check") => button({ iconName, title: text, text, kind: "secondary", type: "submit" });

/** A token or link, to be copied while it is there. */
export function once(text, hint) {
  const shown = el("input", { readonly: true, value: text, "aria-label": hint });
  const copy = button({ iconName: "duplicate", title: t("people.copy"), text: t("people.copy"), kind: "secondary" });
  shown.addEventListener("focus", () => shown.select());
  copy.addEventListener("click", async () => {
    shown.select();
    await navigator.clipboard?.writeText(text).catch(() => null); // without https there is none: the text is selected
    copy.querySelector("span").textContent = t("people.copied");
  });
  return el("div", { class: "giqa-people-once" }, el("p", {}, hint), el("div", { class: "giqa-people-row" }, shown, copy));
}
