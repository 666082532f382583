import assert from "node:assert/strict";
import { test } from "node:test";

import { canvasCommands } from "../../assets/js/annotate/task_keys.js";
import { commandsOf } from "../../assets/js/commands.js";
import { Editor } from "../../assets/js/editor.js";
import { confidenceText, readBlocks } from "../../assets/js/blocks.js";
import { createKeymap } from "../../assets/js/keys.js";
import { readAnswer } from "../../assets/js/upload.js";
import { reasonOf } from "../../assets/js/webcam.js";

test("no two commands of the canvas share a key, on the Assess page and on the Annotate page", () => {
  const [assess, annotate] = [createKeymap(), createKeymap()];
  const commands = commandsOf(new Editor(), {}, {}, Array.from({ length: 12 }, (_, index) => `label ${index}`));
  commands.forEach((command) => assess.register(command));
  assert.equal(commands.filter((command) => command.group === "labels").length, 9);
  const theirs = [...commandsOf(new Editor(), {}, {}, []), ...canvasCommands({})];
  theirs.forEach((command) => annotate.register(command));
  assert.throws(() => annotate.register({ id: "x", title: "Another", group: "other", keys: ["y"], run() {} }), /"Accept the proposal and go to the next" already and cannot be "Another"/);
});

for (const [what, status, body, expected] of [
  ["an image", 200, '{"id": "a", "url": "/media/a"}', { image: { id: "a", url: "/media/a" } }],
  ["a refusal", 422, '{"error": "This is not an image."}', { error: "This is not an image." }],
  ["too large, from a proxy", 413, "<html>", { error: "The image is too large to be sent. Choose a smaller file." }],
  ["a crash", 500, "Internal Server Error", { error: "The studio could not take the image (status 500). Try again, or try another file." }],
  ["success without an image", 200, "{}", { error: "The studio could not take the image (status 200). Try again, or try another file." }],
  ["null", 200, "null", { error: "The studio could not take the image (status 200). Try again, or try another file." }],
]) {
  test(`the studio's answer to an upload: ${what}`, () => assert.deepEqual(readAnswer(status, body), expected));
}

test("a camera that fails is explained, whatever the reason", () => {
  assert.match(reasonOf("NotAllowedError"), /not allowed/);
  assert.match(reasonOf("NotFoundError"), /No camera was found/);
  assert.equal(reasonOf("AbortError"), "The camera could not be started. Choose a file instead.");
});

for (const [confidence, text] of [[0.857, "86 % sure"], [0, "0 % sure"], [1, "99 % sure"], [7, "99 % sure"], [null, ""], [undefined, ""], [NaN, ""], ["1", ""]]) {
  test(`a confidence of ${confidence} is "${text}"`, () => assert.equal(confidenceText(confidence), text));
}

for (const nothing of [null, "", {}, { blocks: null }, { blocks: [null, { kind: "advert" }, { kind: "toString" }] }]) {
  test(`${JSON.stringify(nothing)} is an empty conversation`, () => assert.deepEqual(readBlocks(nothing), []));
}

test("a block is read with its phrases, an unknown status dropped", () => {
  assert.deepEqual(readBlocks({ blocks: [{ id: 7, kind: "answer", text: "roof", phrases: [{ start: 0, end: 4, regions: ["m1"] }], status: "guessed" }] }), [
    {
      id: "7", key: "7#1", kind: "answer", text: "roof", phrases: [{ start: 0, end: 4, regions: ["m1"] }], status: null, confidence: null, speaker: "", model: "", second: false,
      pair: null, state: null, note: "", share: null, raw: "", problems: [], choices: [],
    },
  ]);
});
