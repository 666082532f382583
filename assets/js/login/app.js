/* The sign-in page: with a password, by an invitation (the token stands behind the address's #), or with Hugging Face. */

import { el } from "../dom.js";
import { code, refusal, t } from "./words.js";

const page = globalThis.document?.querySelector("#login"); // none in node

/** Where to go afterwards: a page of this studio, whatever the address says. */
export function target(address) {
  const wanted = new URL(address).searchParams.get("next") ?? "/";
  const origin = new URL(address).origin;
  try {
    const found = new URL(wanted, origin);
    return found.origin === origin && !found.pathname.startsWith("/login") ? found.pathname + found.search + found.hash : "/";
  } catch {
    return "/";
  }
}

async function asked(path, method = "GET", body = undefined) {
  const options = body === undefined ? { method } : { method, headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
  const answer = await fetch(path, options).catch(() => {
    throw new Error(t("signin.unreachable"));
  });
  const told = await answer.json().catch(() => null);
  if (!answer.ok) throw new Error(refusal(told) ?? t("signin.failed", { status: answer.status }));
  return told;
}

function show(title, text, ...parts) {
  document.title = `${title} · ${t("signin.studio")}`;
  page.replaceChildren(el("div", { class: "brand" }, el("img", { src: "/favicon.ico", alt: "" }), t("signin.studio")), el("h1", {}, title), el("p", {}, text), ...parts.filter((part) => part !== null));
  page.querySelector("input:not([readonly])")?.focus();
}

const field = (name, label, attributes, hint = null) => el("label", {}, label, el("input", { name, required: true, ...attributes }), hint && el("small", {}, hint));

/** A form whose `send(values)` may reject with a message to show. */
function form(fields, buttonText, send) {
  const wrong = el("p", { class: "wrong", role: "alert" });
  const button = el("button", { type: "submit" }, buttonText);
  const node = el("form", {}, ...fields, wrong, button);
  node.addEventListener("submit", async (event) => {
    event.preventDefault();
    wrong.textContent = "";
    button.disabled = true;
    button.textContent = t("signin.working");
    try {
      await send(Object.fromEntries(new FormData(node)));
      location.assign(target(location.href));
    } catch (error) {
      wrong.textContent = error.message;
      button.disabled = false;
      button.textContent = buttonText;
    }
  });
  return node;
}

function signIn() {
  const fields = [
    field("name", t("signin.name"), { autocomplete: "username", autocapitalize: "none", spellcheck: "false" }),
    field("password", t("signin.password"), { type: "password", autocomplete: "current-password" }),
  ];
  show(t("signin.title"), t("signin.text"), form(fields, t("signin.go"), (values) => asked("/api/session", "POST", values)), el("p", { class: "quiet" }, t("signin.forgot")));
}

async function accept(token) {
  const invitation = await asked("/api/invitation", "POST", { token });
  const own = invitation.name === null;
  const name = { autocomplete: "username", maxlength: 60, value: invitation.name ?? "", readonly: !own };
  const secret = { type: "password", autocomplete: "new-password", minlength: 10, maxlength: 200 };
  const fields = [
    field("name", t("signin.name"), name, own ? t("signin.nameHint") : null),
    field("password", t("signin.password"), secret, t("signin.passwordHint")),
    field("again", t("signin.repeat"), secret),
  ];
  const send = ({ name, password, again }) => {
    if (password !== again) throw new Error(t("signin.different"));
    return asked("/api/invitation/accept", "POST", { token, name, password });
  };
  if (own) show(t("signin.welcome"), t(`signin.invited.${invitation.role}`), form(fields, t("signin.join"), async (values) => send(values)));
  else show(t("signin.newPassword", { name: invitation.name }), t("signin.newPasswordText"), form(fields, t("signin.setPassword"), async (values) => send(values)));
}

async function start() {
  const { auth } = await asked("/api/session");
  const told = new URLSearchParams(location.hash.slice(1));
  const token = told.get("invite");
  if (auth === "none") show(t("signin.studio"), t("signin.open"), el("a", { class: "button", href: "/" }, t("signin.openGo")));
  else if (auth === "huggingface") show(t("signin.title"), t("signin.text"), wrong(told.get("error")), huggingFace(), el("p", { class: "quiet" }, t("signin.huggingFaceText")));
  else if (token) await accept(token);
  else signIn();
}

const wrong = (message) => (message ? el("p", { class: "wrong above", role: "alert" }, message) : null);

/** Hugging Face shows its page in no frame: from within one it opens beside. */
function huggingFace() {
  const href = `/login/huggingface?next=${encodeURIComponent(target(location.href))}`;
  return el("a", { class: "button", href, target: window.top === window ? null : "_blank", rel: "noopener" }, t("signin.huggingFace"));
}

if (page) {
  document.documentElement.lang = code;
  window.addEventListener("hashchange", () => location.reload());
  start().catch((error) => show(t("signin.title"), error.message, el("a", { class: "button", href: "/login" }, t("signin.go"))));
}
