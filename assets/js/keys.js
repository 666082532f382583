/*
 * Keys: chords as text ("Mod+Shift+Z", where Mod is Ctrl or Cmd), a registry that refuses two commands on one chord of a scope, and the list for
 * the help panel. Letters follow the key's place where the layout is not Latin. Nothing here touches the page.
 */

const NAMES = { " ": "Space", Esc: "Escape", Del: "Delete" };
const ORDER = ["Mod", "Alt", "Shift"];
const SHOWN = { ArrowLeft: "←", ArrowRight: "→", ArrowUp: "↑", ArrowDown: "↓", Escape: "Esc", Mod: "Ctrl" };

/** The chord in one spelling: modifiers in order, letters in capitals. Throws on an empty one or an unknown modifier. */
export function normal(chord) {
  const plus = chord.endsWith("+") && chord.length > 0;
  const parts = plus ? [...chord.slice(0, -1).split("+").filter(Boolean), "+"] : chord.split("+");
  const key = parts.pop();
  const wrong = parts.filter((part) => !ORDER.includes(part));
  if (!key || wrong.length) throw new Error(`"${chord}" is not a chord: use ${ORDER.join(", ")} and one key, joined by +.`);
  const name = NAMES[key] ?? (/^[a-z]$/.test(key) ? key.toUpperCase() : key);
  return [...ORDER.filter((part) => parts.includes(part)), name].join("+");
}

/** The chord of a keyboard event. Shift is dropped where it only chose the character ("?", "+"). */
export function chordOf(event) {
  const typesCharacter = event.getModifierState?.("AltGraph") ?? false; // Windows reports AltGr as Ctrl+Alt
  const latin = /^[\x20-\x7e]$/.test(event.key);
  const fromPlace = !latin && event.key.length === 1 ? /^(?:Key|Digit)(.)$/.exec(event.code ?? "") : null;
  const key = fromPlace ? fromPlace[1] : event.key;
  const symbol = key.length === 1 && !/[a-z0-9 ]/i.test(key);
  const held = [
    (event.ctrlKey || event.metaKey) && !typesCharacter && "Mod",
    event.altKey && !typesCharacter && "Alt",
    event.shiftKey && !symbol && "Shift",
  ].filter(Boolean);
  return normal([...held, key].join("+"));
}

/** Whether the keys of this event belong to a text: a field, an editable element, or an input method at work. */
export function isTyping(event) {
  if (event.isComposing) return true;
  const target = event.target;
  const editable = target?.isContentEditable === true;
  return editable || /^(INPUT|TEXTAREA|SELECT)$/.test(target?.tagName ?? "");
}

/** As people read it: "Ctrl Shift Z". */
export const shown = (chord) => normal(chord).split(/\+(?=.)/).map((part) => SHOWN[part] ?? part).join(" ");

/** As assistive technology reads it (aria-keyshortcuts): "Control+Shift+Z". */
export const spoken = (chord) => normal(chord).replace("Mod", "Control");

/**
 * A registry of commands `{id, title, group, keys: [chord], run, scope?}`. A command of the scope "everywhere" answers in every scope.
 * Throws where a chord of the same scope is taken, naming both commands.
 */
export function createKeymap() {
  const taken = new Map();
  const commands = [];
  const find = (chord, scope) => taken.get(`${scope} ${chord}`) ?? taken.get(`everywhere ${chord}`) ?? null;
  return {
    register(command) {
      const scope = command.scope ?? "canvas";
      const chords = command.keys.map(normal);
      for (const chord of chords) {
        const rivals = scope === "everywhere" ? [...taken].filter(([place]) => place.endsWith(` ${chord}`)).map(([, other]) => other) : [find(chord, scope)];
        const rival = rivals.find((other) => other !== null);
        if (rival) throw new Error(`The key ${chord} is "${rival.title}" already and cannot be "${command.title}" as well.`);
      }
      for (const chord of chords) taken.set(`${scope} ${chord}`, command);
      commands.push(command);
    },
    /** The command of a keyboard event in a scope, or null; null while somebody types. */
    match: (event, scope = "canvas") => (isTyping(event) ? null : find(chordOf(event), scope)),
    /** [{group, entries: [{title, keys}]}] in the order of registration; commands without a key are left out. */
    help() {
      const groups = new Map();
      for (const { group, title, keys } of commands) {
        if (keys.length) groups.set(group, [...(groups.get(group) ?? []), { title, keys: keys.map(shown) }]);
      }
      return [...groups].map(([group, entries]) => ({ group, entries }));
    },
  };
}
