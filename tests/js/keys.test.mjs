import assert from "node:assert/strict";
import { test } from "node:test";

import { chordOf, createKeymap, isTyping, normal, shown, spoken } from "../../assets/js/keys.js";

const press = (key, held = {}) => ({ key, code: "", target: { tagName: "DIV" }, ...held });
const command = (id, keys, more = {}) => ({ id, title: id, group: "G", keys, run: () => id, ...more });

for (const [event, chord] of [
  [press("r"), "R"],
  [press("R", { shiftKey: true }), "Shift+R"],
  [press("z", { ctrlKey: true }), "Mod+Z"],
  [press("Z", { metaKey: true, shiftKey: true }), "Mod+Shift+Z"],
  [press("?", { shiftKey: true }), "?"],
  [press("+", { shiftKey: true }), "+"],
  [press("+", { ctrlKey: true }), "Mod++"],
  [press("="), "="],
  [press(" "), "Space"],
  [press("ArrowLeft", { altKey: true, shiftKey: true }), "Alt+Shift+ArrowLeft"],
  [press("Esc"), "Escape"],
  [press("к", { code: "KeyR" }), "R"],
  [press("я", { code: "KeyZ", ctrlKey: true }), "Mod+Z"],
  [press("é", { code: "Digit2" }), "2"],
  [press("ß", { code: "Minus" }), "ß"],
  [press("?", { ctrlKey: true, altKey: true, getModifierState: (name) => name === "AltGraph" }), "?"],
]) {
  test(`${event.key} (${event.code || "no place"}) with ${Object.keys(event).filter((name) => event[name] === true).join(", ") || "nothing"} is ${chord}`, () => {
    assert.equal(chordOf(event), chord);
  });
}

test("a chord has one spelling", () => {
  assert.equal(normal("Shift+Mod+z"), "Mod+Shift+Z");
  assert.equal(normal("Mod++"), "Mod++");
  assert.equal(normal("+"), "+");
});

for (const wrong of ["", "Ctrl+Z", "Hyper+X"]) {
  test(`"${wrong}" is refused as a chord`, () => assert.throws(() => normal(wrong), /is not a chord: use Mod, Alt, Shift and one key, joined by \+\./));
}

test("chords are shown to people and told to assistive technology", () => {
  assert.equal(shown("Mod+Shift+Z"), "Ctrl Shift Z");
  assert.equal(shown("Alt+ArrowLeft"), "Alt ←");
  assert.equal(shown("+"), "+");
  assert.equal(shown("Mod++"), "Ctrl +");
  assert.equal(spoken("Mod+Z"), "Control+Z");
});

test("a command answers to each of its keys", () => {
  const keymap = createKeymap();
  keymap.register(command("redo", ["Mod+Y", "Mod+Shift+Z"]));
  assert.equal(keymap.match(press("y", { ctrlKey: true })).id, "redo");
  assert.equal(keymap.match(press("Z", { ctrlKey: true, shiftKey: true })).id, "redo");
  assert.equal(keymap.match(press("y")), null);
});

test("two commands on one key are refused, both named", () => {
  const keymap = createKeymap();
  keymap.register(command("Delete", ["Delete", "Backspace"]));
  assert.throws(() => keymap.register(command("Go back", ["Backspace"])), { message: 'The key Backspace is "Delete" already and cannot be "Go back" as well.' });
  assert.throws(() => keymap.register(command("Everywhere", ["Delete"], { scope: "everywhere" })), /"Delete" already/);
});

test("a refused command leaves nothing behind", () => {
  const keymap = createKeymap();
  keymap.register(command("a", ["A"]));
  assert.throws(() => keymap.register(command("b", ["B", "A"])));
  assert.equal(keymap.match(press("b")), null);
  assert.deepEqual(keymap.help(), [{ group: "G", entries: [{ title: "a", keys: ["A"] }] }]);
});

test("one key may mean different things in different scopes, and what is everywhere answers in all", () => {
  const keymap = createKeymap();
  keymap.register(command("draw", ["R"]));
  keymap.register(command("reload", ["R"], { scope: "list" }));
  keymap.register(command("help", ["?"], { scope: "everywhere" }));
  assert.equal(keymap.match(press("r"), "list").id, "reload");
  assert.equal(keymap.match(press("r"), "canvas").id, "draw");
  assert.equal(keymap.match(press("?"), "list").id, "help");
  assert.throws(() => keymap.register(command("other", ["?"], { scope: "list" })), /"help" already/);
});

for (const [what, target, more] of [
  ["a text field", { tagName: "INPUT" }, {}],
  ["a text area", { tagName: "TEXTAREA" }, {}],
  ["a choice", { tagName: "SELECT" }, {}],
  ["an editable element", { tagName: "P", isContentEditable: true }, {}],
  ["an input method", { tagName: "DIV" }, { isComposing: true }],
]) {
  test(`keys do nothing in ${what}`, () => {
    const keymap = createKeymap();
    keymap.register(command("draw", ["R"]));
    const event = press("r", { target, ...more });
    assert.equal(isTyping(event), true);
    assert.equal(keymap.match(event), null);
  });
}

test("the help lists groups in order and leaves out commands without a key", () => {
  const keymap = createKeymap();
  keymap.register(command("draw", ["R"], { group: "Tools" }));
  keymap.register(command("undo", ["Mod+Z"], { group: "Boxes" }));
  keymap.register(command("pan", ["H"], { group: "Tools" }));
  keymap.register(command("replace", [], { group: "Boxes" }));
  assert.deepEqual(keymap.help(), [
    { group: "Tools", entries: [{ title: "draw", keys: ["R"] }, { title: "pan", keys: ["H"] }] },
    { group: "Boxes", entries: [{ title: "undo", keys: ["Ctrl Z"] }] },
  ]);
});
