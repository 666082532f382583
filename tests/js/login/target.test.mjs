import assert from "node:assert/strict";
import { test } from "node:test";

import { target } from "../../../assets/js/login/app.js";

const CASES = [
  ["", "/"],
  ["?next=/%3Fview%3Da", "/?view=a"],
  ["?next=https://evil.test/x", "/"],
  ["?next=//evil.test/x", "/"],
  ["?next=/%5Cevil.test", "/"],
  ["?next=javascript:alert(1)", "/"],
  ["?next=/login", "/"],
  ["?next=%00", "/"],
];

for (const [query, expected] of CASES)
  test(`after signing in, ${query || "nothing"} leads to ${expected}`, () => assert.equal(target(`http://studio.test/login${query}#invite=x`), expected));
