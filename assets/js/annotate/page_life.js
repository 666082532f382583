/* What happens to the page from outside: the network comes and goes, the tab is hidden or closed, files are dropped, another task stands in the address. */

import { isShown } from "../dom.js";
import { SIGNED_OUT } from "./api.js";

export const taskInAddress = () => Number(/^#task=(\d+)$/.exec(location.hash)?.[1]) || null;

/** The open task in the address; the browser's Back leads to the one before, unless not `kept`. */
export function showInAddress(id, kept = true) {
  if (taskInAddress() === id) return;
  history[kept && taskInAddress() ? "pushState" : "replaceState"](history.state, "", `#task=${id}`);
}

const MOVEMENTS = ["pointerdown", "pointermove", "keydown", "wheel"];

/** Listens for as long as the page's root is there. */
export function livePage(page) {
  const { root, editor, queue } = page;
  const ended = new AbortController();
  const listen = (target, type, react) => target.addEventListener(type, (event) => (root.isConnected ? react(event) : ended.abort()), { signal: ended.signal });
  for (const type of MOVEMENTS) root.addEventListener(type, () => editor.watch.beat(), { passive: true, capture: true });
  listen(document, SIGNED_OUT, () => page.signIn());
  listen(window, "online", () => { editor.saver.retry(); page.showWaiting(); });
  listen(window, "offline", () => page.showWaiting());
  listen(window, "pagehide", () => {
    const { current } = editor;
    const untouched = current && !current.dirty && current.task.revision === null && !editor.saver.state(current.task.id);
    editor.flush();
    editor.saver.leave();
    if (untouched) queue.giveBack(); // what was begun stays with the person: they may only have pressed reload
  });
  listen(document, "visibilitychange", () => { if (document.hidden) editor.flush(); });
  listen(window, "beforeunload", (event) => {
    if (!editor.current?.dirty) return;
    editor.flush();
    if (!editor.saver.leave()) event.preventDefault();
  });
  listen(document, "dragover", (event) => { if (isShown(root)) event.preventDefault(); }); // a file beside the dialog does not replace the page
  listen(document, "drop", (event) => {
    if (!isShown(root) || event.defaultPrevented || !event.dataTransfer.files.length || !page.may("admin")) return;
    event.preventDefault();
    page.bring([...event.dataTransfer.files]);
  });
  listen(window, "hashchange", () => { if (taskInAddress() && taskInAddress() !== editor.current?.task.id) page.openFromList(taskInAddress()); });
  listen(document, "giqa:open-task", async ({ detail }) => {
    await page.refresh();
    await page.openFromList(Number(detail.task));
  });
}
