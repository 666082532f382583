/* Signing in again where a session has ended: the canvas stays as it is, and what waits in the outbox is sent afterwards. */

import { el } from "../dom.js";
import { refusal, t } from "../i18n/messages.js";
import { api } from "./api.js";
import { shown } from "./dialogs.js";

function passwordForm(me, done) {
  const name = el("input", { type: "text", name: "name", value: me.name ?? "", autocomplete: "username", "aria-label": t("login.name"), maxlength: "200" });
  const password = el("input", { type: "password", name: "password", autocomplete: "current-password", "aria-label": t("login.password") });
  const wrong = el("p", { class: "giqa-wrong", role: "alert" });
  const go = el("button", { type: "submit", class: "giqa-button giqa-primary" }, t("login.go"));
  const field = (label, node) => el("label", { class: "giqa-field" }, label, node);
  const form = el("form", { class: "giqa-form" }, field(t("login.name"), name), field(t("login.password"), password), wrong, el("div", { class: "giqa-dialog-actions" }, go));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    go.disabled = true;
    const { status, body } = await api.signIn(name.value, password.value).catch(() => ({ status: 0, body: { error: t("net.unreachable") } }));
    go.disabled = false;
    if (status === 200) return done(body);
    wrong.textContent = refusal(body) ?? t("net.status", { status });
    return password.select();
  });
  queueMicrotask(() => password.focus());
  return form;
}

/** Where people sign in on a page of its own: with Hugging Face. */
function elsewhere(done) {
  const wrong = el("p", { class: "giqa-wrong", role: "alert" });
  const open = el("a", { class: "giqa-button giqa-secondary", href: "/login", target: "_blank", rel: "noopener" }, t("login.open"));
  const back = el("button", { type: "button", class: "giqa-button giqa-primary" }, t("login.done"));
  back.addEventListener("click", () => api.me().then(done, () => { wrong.textContent = t("login.stillOut"); }));
  return el("div", { class: "giqa-form" }, el("p", {}, t("login.elsewhere")), wrong, el("div", { class: "giqa-dialog-actions" }, open, back));
}

/** `me`: who worked here until now. Resolves to who is signed in then, null where the dialog was closed. */
export const signInAgain = (host, me) => shown(host, t("login.title"), (content, done) => {
  content.append(el("p", {}, t("login.intro")), me.auth === "accounts" ? passwordForm(me, done) : elsewhere(done));
}, { kept: true });
