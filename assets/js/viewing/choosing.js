/* Choosing photographs for a page program: a file, a drop, or a sample. */

import { el } from "../dom.js";
import { send } from "../upload.js";

/** A field that takes one photograph, or many with `multiple`. `onImage(image)`, `onError(words)`, `onProgress(done, total)`. Returns {node, take(files)}. */
export function createChooser({ label, onImage, onError, onProgress = () => {}, multiple = false, folder = false }) {
  const input = el("input", { type: "file", accept: "image/*", multiple: multiple || folder, webkitdirectory: folder, class: "giqa-chooser-input" });
  const node = el("label", { class: "giqa-chooser" }, el("span", {}, label), input);
  const take = async (files) => {
    const chosen = [...files].filter((file) => !folder || /\.(jpe?g|png|webp|bmp|tiff?|gif|avif)$/i.test(file.name));
    if (!chosen.length) return;
    let done = 0;
    onProgress(0, chosen.length);
    const queue = chosen.map((file, index) => [file, index]);
    const worker = async () => {
      for (let next = queue.shift(); next; next = queue.shift()) {
        const answer = await send(next[0], () => {});
        if (answer.image) onImage(answer.image, next[1]);
        else onError(`${next[0].name}: ${answer.error ?? "not sent"}`);
        onProgress((done += 1), chosen.length);
      }
    };
    await Promise.all(Array.from({ length: multiple || folder ? 3 : 1 }, worker));
  };
  input.addEventListener("change", () => take(input.files).then(() => { input.value = ""; }));
  for (const kind of ["dragover", "drop"]) {
    node.addEventListener(kind, (event) => {
      event.preventDefault();
      if (kind === "drop") take(multiple ? event.dataTransfer.files : [...event.dataTransfer.files].slice(0, 1));
    });
  }
  return { node, take };
}
