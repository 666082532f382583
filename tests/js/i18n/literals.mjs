/* Reads the pages' sources: which messages they ask for, and which words they would show without asking. */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../../assets/js/", import.meta.url));
const TRANSLATED = ["annotate", "review", "dashboard", "people", "login", "commands.js", "captions.js", "toolbar.js", "dialog.js", "stage.js"];
const NAMES = /^(Enter|Escape|Space|Tab|Home|End|Delete|Backspace|Key[A-Z]|Digit\d?|Arrow\w+|Control|Alt|Shift|Mod|Content-Type|Retry-After|HTMLElement|AbortError)$/;
const SELECTOR = /[.#[\]>:]|^(giqa-\S*\s*)+$|^[a-z]+ [a-z]+$/; // "li button": two words of which a sentence is never made are looked at on the page itself

/** The sources of the translated pages; a page that is not there yet is passed over. */
export function scripts() {
  const there = readdirSync(ROOT, { recursive: true }).map(String).filter((name) => name.endsWith(".js"));
  return there.filter((name) => TRANSLATED.some((one) => name === one || name.startsWith(`${one}/`))).map((name) => ({ name, source: readFileSync(join(ROOT, name), "utf8") }));
}

/** Keys that are asked for in full: t("…"). */
export const keysOf = (source) => [...source.matchAll(/\bt\(\s*"([^"]+)"/g)].map(([, key]) => key);

/** The texts between quotes, code and comments left out; of a template its fixed parts. */
export function literals(source) {
  const found = [];
  const token = /\/\/[^\n]*|\/\*[\s\S]*?\*\/|(?<=[(,=:[!&|?{};]\s*)\/(?![/*])(?:\\.|\[(?:\\.|[^\]\\])*\]|[^/\\\n[])+\/|"((?:\\.|[^"\\\n])*)"|'((?:\\.|[^'\\\n])*)'|`((?:\\.|[^`\\])*)`/g;
  for (const [, double, single, template] of source.matchAll(token)) {
    if (double ?? single) found.push(double ?? single);
    if (template) found.push(...template.split(/\$\{[^}]*\}/).filter(Boolean));
  }
  return found;
}

const isSentence = (text) => /[A-Za-z]{2,} [a-z]{2,}/.test(text) && !SELECTOR.test(text.replace(/[.?!:]\s*$/, ""));
const isKey = (text) => /^(Ctrl|Alt) \S+$|^Alt\+/.test(text);
const isTitle = (text) => !isKey(text) && /^[A-Z][a-z]{2,}( |[.?!…:]?$)/.test(text) && !NAMES.test(text) && !/\+/.test(text);

/** What looks like words for people: several words, or one with a capital. */
export const visibleLiterals = (source) => literals(source.replace(/new Error\([^)]*\)/g, "")).filter((text) => isSentence(text) || isTitle(text));
