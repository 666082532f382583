import assert from "node:assert/strict";
import { test } from "node:test";

import { messages as de } from "../../../assets/js/i18n/de.js";
import { messages as en } from "../../../assets/js/i18n/en.js";
import { english, language, preferred, refusal, speak, t, translator } from "../../../assets/js/i18n/messages.js";
import { messages as zh } from "../../../assets/js/i18n/zh.js";
import { keysOf, scripts, visibleLiterals } from "./literals.mjs";

const OTHERS = { de, zh };
const forms = (message) => (typeof message === "string" ? [message] : Object.values(message));
const placeholders = (message) => [...new Set(forms(message).flatMap((text) => text.match(/\{\w+\}/g) ?? []))].sort();

test("every language has the same messages", () => {
  for (const messages of Object.values(OTHERS)) assert.deepEqual(Object.keys(messages).sort(), Object.keys(en).sort());
});

test("a message has the same placeholders in every language, and none is empty", () => {
  for (const [code, messages] of Object.entries({ en, ...OTHERS })) {
    for (const [key, message] of Object.entries(messages)) {
      assert.deepEqual(placeholders(message), placeholders(en[key]), `${code} ${key}`);
      assert.ok(forms(message).every((text) => text.trim()), `${code} ${key}`);
    }
  }
});

test("a message by number has the forms that its language needs", () => {
  for (const [code, messages] of Object.entries({ en, ...OTHERS })) {
    const needed = new Set([0, 1, 2, 5, 11, 100].map((n) => new Intl.PluralRules(code).select(n)));
    for (const [key, message] of Object.entries(messages).filter(([, one]) => typeof one !== "string")) {
      for (const form of needed) assert.ok(form in message, `${code} ${key} lacks "${form}"`);
    }
  }
});

test("every message that a page asks for is there, and no page shows words of its own", () => {
  const files = scripts();
  for (const { name, source } of files) {
    for (const key of keysOf(source)) assert.ok(key in en, `${name} asks for "${key}"`);
    assert.deepEqual(visibleLiterals(source), [], `${name} shows words that are in no catalogue`);
  }
});

test("values stand in their places, as text and nothing else", () => {
  const say = translator({ greet: "Hello {name}, {name}!", boxes: { one: "{n} box", other: "{n} boxes" } }, "en");
  assert.equal(say("greet", { name: "$& <b> {n}" }), "Hello $& <b> {n}, $& <b> {n}!");
  assert.deepEqual([0, 1, 2].map((n) => say("boxes", { n })), ["0 boxes", "1 box", "2 boxes"]);
  assert.deepEqual([say("unknown.key"), say("greet")], ["unknown.key", "Hello {name}, {name}!"]);
});

test("the language is the person's choice, else the account's, else the browser's, else English", () => {
  assert.equal(preferred({ kept: "zh", account: "de", browser: ["en"] }), "zh");
  assert.equal(preferred({ kept: "", account: "de", browser: ["zh"] }), "de");
  assert.equal(preferred({ kept: "", browser: ["fr-FR", "zh-Hans-CN", "de"] }), "zh");
  assert.equal(preferred({ kept: "tlh", browser: ["fr"] }), "en");
});

test("a language is spoken once it is loaded, and another after it", async () => {
  await speak("de");
  assert.deepEqual([language(), t("state.submitted")], ["de", de["state.submitted"]]);
  await speak("en");
  assert.deepEqual([language(), t("state.submitted")], ["en", english("state.submitted")]);
});

test("a refusal is said in the page's language where its code is known, else in the studio's English", async () => {
  await speak("de");
  assert.equal(refusal({ error: "There is no task 7: …", code: "noTask", values: { task: 7 } }), de["error.noTask"].replace("{task}", "7"));
  assert.equal(refusal({ error: "Wait.", code: "tooManyAttempts", values: { n: 1 } }), "Zu viele falsche Passwörter. Versuchen Sie es in 1 Sekunde noch einmal.");
  assert.deepEqual([refusal({ error: "Never heard of.", code: "toString" }), refusal({ error: "Plain." }), refusal({}), refusal(null)], ["Never heard of.", "Plain.", null, null]);
  await speak("en");
});
