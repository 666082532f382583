/* The focus of somebody at the keyboard, where the control that has it goes away or is locked by what it did. */

import { isShown } from "../dom.js";

const controlsOf = (place) => [...place.querySelectorAll("button, input, select, textarea, summary, a[href]")].filter((one) => !one.disabled);

/** Does `work`; where the focus was lost by it, it goes to what stands at its place in the panel; where nothing is left there, `otherwise()` finds one. */
export function keepingFocus(root, work, otherwise) {
  const had = document.activeElement;
  const place = root.contains(had) ? had.closest("[data-panel]") : null;
  const at = place ? controlsOf(place).indexOf(had) : -1;
  work();
  if (at < 0 || (had.isConnected && !had.disabled)) return;
  const left = place.isConnected ? controlsOf(place) : [];
  const next = [...left.slice(at), ...left.slice(0, at).reverse()].find(isShown);
  if (next) next.focus();
  else otherwise();
}
