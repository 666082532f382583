/*
 * How an image comes in: dropped anywhere on the page, pasted, chosen or taken with the camera. Shows the empty canvas, the progress and what
 * went wrong; a new image replaces the old one only when the studio has taken it.
 */

import { button, el, icon, isShown } from "./dom.js";
import { isTyping } from "./keys.js";
import { send } from "./upload.js";
import { openWebcam } from "./webcam.js";

const NO_FILE = "What was dropped is not a file. Save the picture first, then drop the file here.";

const carriesFiles = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");

function emptyState(choose, camera) {
  const open = button({ iconName: "upload", title: "Choose an image", text: "Choose an image", kind: "primary" });
  const shoot = button({ iconName: "camera", title: "Use the camera", text: "Use the camera", kind: "secondary" });
  open.addEventListener("click", choose);
  shoot.addEventListener("click", camera);
  const words = [el("p", { class: "giqa-lead" }, "Drop a photograph here"), el("p", { class: "giqa-sub" }, "or paste one from the clipboard")];
  return el("div", { class: "giqa-empty" }, icon("image"), ...words, el("div", { class: "giqa-row" }, open, shoot));
}

function progressBar(onCancel) {
  const bar = el("progress", { max: 1, value: 0, "aria-label": "Sending the image" });
  const words = el("span", {}, "");
  const cancel = button({ iconName: "close", title: "Cancel", kind: "quiet" });
  cancel.addEventListener("click", onCancel);
  const node = el("div", { class: "giqa-progress", role: "status", hidden: true }, words, bar, cancel);
  const show = (share) => {
    node.hidden = false;
    bar.value = share;
    words.textContent = share < 1 ? `Sending the image: ${Math.round(share * 100)} %` : "Reading the image…";
  };
  return { node, show, hide: () => { node.hidden = true; } };
}

function errorBanner() {
  const words = el("span", {});
  const close = button({ iconName: "close", title: "Dismiss", kind: "quiet" });
  const node = el("div", { class: "giqa-error", role: "alert", hidden: true }, icon("unparsed"), words, close);
  const show = (text) => {
    words.textContent = text;
    node.hidden = !text;
  };
  close.addEventListener("click", () => show(""));
  return { node, show };
}

/** `host`: the annotator's element; `onImage(image)`: the studio has it. Returns {empty, progress, error, choose, camera}. */
export function createIntake(host, editor, onImage) {
  let running = null;
  const error = errorBanner();
  const progress = progressBar(() => running?.abort());
  const open = async (file, note = "") => {
    running?.abort();
    const current = new AbortController();
    running = current;
    error.show("");
    progress.show(0);
    const answer = await send(file, (share) => running === current && progress.show(share), { signal: current.signal });
    if (running !== current || !host.isConnected) return;
    running = null;
    progress.hide();
    error.show(answer.error ?? note);
    if (answer.image) onImage(answer.image);
  };
  const take = (files) => {
    if (!files.length) return error.show(NO_FILE);
    return open(files[0], files.length > 1 ? `${files.length} files were dropped: the first, ${files[0].name}, is open. Drop one at a time.` : "");
  };
  const input = el("input", { type: "file", accept: "image/*", class: "giqa-file", tabindex: "-1", "aria-label": "Image file" });
  input.addEventListener("change", () => {
    if (input.files.length) take([...input.files]);
    input.value = ""; // so that the same file can be chosen again
  });
  const choose = () => input.click();
  const camera = () => openWebcam(host, (file) => open(file));
  const mayTake = () => isShown(host) && !editor.readonly;
  watchPage(host, mayTake, take);
  return { empty: emptyState(choose, camera), progress: progress.node, error: error.node, showError: error.show, input, choose, camera };
}

/** Drops and pastes anywhere on the page, so that a file beside the canvas does not replace the page. Ends with the host. */
function watchPage(host, mayTake, take) {
  const ended = new AbortController();
  const listen = (type, react) =>
    document.addEventListener(type, (event) => {
      if (!host.isConnected) return ended.abort();
      if (!event.defaultPrevented && mayTake()) react(event);
    }, { signal: ended.signal });
  const highlight = (on) => host.classList.toggle("giqa-dropping", on);
  listen("dragover", (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    highlight(true);
  });
  listen("dragleave", (event) => event.relatedTarget === null && highlight(false));
  listen("drop", (event) => {
    highlight(false);
    const inText = isTyping(event) && !carriesFiles(event); // words dragged into a text box are the text box's
    if (inText || (!carriesFiles(event) && !host.contains(event.target))) return;
    event.preventDefault();
    take([...event.dataTransfer.files]);
  });
  listen("paste", (event) => {
    const files = [...(event.clipboardData?.files ?? [])];
    if (isTyping(event) || !files.length) return;
    event.preventDefault();
    take(files);
  });
}
