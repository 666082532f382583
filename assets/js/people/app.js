/*
 * At the right of the header: who one is, and behind it the account, and for admins everybody's. A studio without accounts shows nothing of it.
 */

import { createDialog } from "../dialog.js";
import { button, el, styled } from "../dom.js";
import { asked } from "../annotate/api.js";
import { preferred, speak, t } from "../i18n/messages.js";
import { invitesSection, logSection, peopleSection } from "./admin.js";
import { moment, roles, sent } from "./forms.js";
import { ownSections } from "./me.js";
import { tabsOf } from "./tabs.js";

export async function mount({ element }) {
  const root = el("div", { class: "giqa-people" });
  element.replaceChildren(root);
  const me = await asked("/api/me");
  if (me.auth === "none" && !me.keeping) return;
  await Promise.all([speak(preferred({ account: me.language })), styled("/assets/css/people.css"), styled("/assets/css/annotator.css")]);
  const opener = el("button", { type: "button", class: "giqa-button giqa-secondary giqa-people-me", "aria-haspopup": "dialog", title: t("people.menu") });
  const show = (one) => opener.replaceChildren(el("span", {}, one.name), el("small", {}, roles()[one.role]));
  show(me);
  tabsOf(me.role);
  let opening = null;
  opener.addEventListener("click", () => { opening ??= open(root, show).finally(() => { opening = null; }); }); // a second press while it comes would open it twice
  root.append(opener);
  document.querySelector(".giqa-header")?.append(root);
}

/** Made anew each time: what is shown is as it stands. */
async function open(root, show) {
  const me = await asked("/api/me").catch(() => null);
  if (me === null) return location.assign("/login");
  const dialog = createDialog(t("people.title"), tabs(me, show), foot(me));
  dialog.classList.add("giqa-people-dialog");
  dialog.addEventListener("close", () => dialog.remove());
  root.append(dialog);
  dialog.showModal();
}

function tabs(me, show) {
  const known = names();
  const pages = me.auth === "none" ? {} : { me: () => ownSections(me, show) };
  if (me.role === "admin" && me.auth !== "none") {
    pages.people = () => [peopleSection(me)];
    if (me.auth === "accounts") pages.invites = () => [invitesSection(known)];
    pages.log = () => [logSection(known)];
  }
  const panel = el("div", { class: "giqa-people-panel", role: "tabpanel", id: "giqa-people-panel", tabindex: "-1" });
  const list = el("div", { class: "giqa-people-tabs", role: "tablist" }, ...Object.keys(pages).map((name) => tab(name)));
  const choose = (name) => {
    for (const one of list.children) {
      one.setAttribute("aria-selected", String(one.dataset.name === name));
      one.tabIndex = one.dataset.name === name ? 0 : -1;
    }
    panel.setAttribute("aria-labelledby", `giqa-people-tab-${name}`);
    panel.replaceChildren(...pages[name]());
  };
  list.addEventListener("click", (event) => event.target.dataset.name && choose(event.target.dataset.name));
  list.addEventListener("keydown", (event) => step(event, list, choose));
  if (pages.me) choose("me");
  return el("div", { class: "giqa-people-pages" }, Object.keys(pages).length > 1 ? list : null, panel);
}

const tab = (name) => el("button", { type: "button", role: "tab", id: `giqa-people-tab-${name}`, "aria-controls": "giqa-people-panel", "data-name": name }, t(`people.tab.${name}`));

function step(event, list, choose) {
  const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!by) return;
  const next = list.children[([...list.children].indexOf(event.target) + by + list.children.length) % list.children.length];
  next.focus();
  choose(next.dataset.name);
  event.preventDefault();
}

/** Names by handle, asked for once. */
function names() {
  let found = null;
  return () => (found ??= asked("/api/people").then(({ people }) => new Map(people.map((one) => [one.id, one.name]))));
}

function foot(me) {
  const out = button({ iconName: "forward", title: t("people.signOut"), text: t("people.signOut"), kind: "secondary" });
  out.addEventListener("click", async () => location.assign((await sent("DELETE", "/api/session").catch(() => ({ login: "/login" }))).login));
  const state = el("small", { role: "status" });
  if (me.keeping) state.textContent = kept(me.keeping);
  return el("footer", { class: "giqa-people-foot" }, state, me.auth === "none" ? null : out);
}

/** How submissions are sent to the hub: `{place, sent_at, waiting, error, doing}`. */
export function kept({ place, sent_at: sentAt, waiting, error, doing }) {
  const told = [t("people.kept", { place }), doing ? t("people.keptRestoring") : sentAt ? t("people.keptLast", { time: moment(sentAt) }) : t("people.keptNever")];
  if (waiting) told.push(t("people.keptWaiting", { n: waiting }));
  if (error) told.push(t("people.keptError", { error }));
  return told.join(" ");
}
