/* Choosing photographs for a page program: a file, a drop, or a sample. */

import { el } from "../dom.js";
import { send } from "../upload.js";

const PICTURES = /\.(jpe?g|png|webp|bmp|tiff?|gif|avif)$/i;

/** The files of what was dropped, those inside of folders too: entries of the browser's file system. */
export async function filesIn(entries) {
  const found = await Promise.all(entries.map(async (entry) => {
    if (entry.isFile) return [await new Promise((resolve, reject) => { entry.file(resolve, reject); })];
    const reader = entry.createReader();
    const inside = [];
    for (let some = await listed(reader); some.length; some = await listed(reader)) inside.push(...some); // a reader gives a hundred at a time
    return filesIn(inside);
  }));
  return found.flat();
}

const listed = (reader) => new Promise((resolve, reject) => { reader.readEntries(resolve, reject); });

/** A field that takes one photograph, or many with `multiple`, or those of a `folder`. `onImage(image, index, file)`, `onError(words, index, file)`,
 * `onProgress(done, total)`. Returns {node, take(files)}. */
export function createChooser({ label, onImage, onError, onProgress = () => {}, multiple = false, folder = false }) {
  const input = el("input", { type: "file", accept: "image/*", multiple: multiple || folder, webkitdirectory: folder, class: "giqa-chooser-input" });
  const node = el("label", { class: "giqa-chooser" }, el("span", {}, label), input);
  const take = async (files) => {
    const chosen = [...files].filter((file) => !folder || PICTURES.test(file.name));
    if (!chosen.length) return;
    let done = 0;
    onProgress(0, chosen.length);
    const queue = chosen.map((file, index) => [file, index]);
    const worker = async () => {
      for (let next = queue.shift(); next; next = queue.shift()) {
        const answer = await send(next[0], () => {});
        if (answer.image) onImage(answer.image, next[1], next[0]);
        else onError(answer.error ?? "not sent", next[1], next[0]);
        onProgress((done += 1), chosen.length);
      }
    };
    await Promise.all(Array.from({ length: multiple || folder ? 3 : 1 }, worker));
  };
  const dropped = async ({ files, items }) => {
    if (!multiple && !folder) return [...files].slice(0, 1);
    return filesIn([...items].map((item) => item.webkitGetAsEntry()).filter(Boolean));
  };
  input.addEventListener("change", () => take(input.files).then(() => { input.value = ""; }));
  for (const kind of ["dragover", "drop"]) {
    node.addEventListener(kind, (event) => {
      event.preventDefault();
      if (kind === "drop") dropped(event.dataTransfer).then(take, () => onError("What was dropped could not be read: choose it instead.", 0, null));
    });
  }
  return { node, take };
}
