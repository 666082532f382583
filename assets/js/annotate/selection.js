/* What is pointed at and chosen on the canvas, for the panels: phrases and boxes find each other over the annotator's channel. */

import { CHOOSE, join, POINT } from "../link.js";

/** `onState()`: something else is pointed at or chosen. Returns {state: {pointed, chosen}, selection, point, choose, clear}. */
export function createSelection(channelName, root, onState) {
  const state = { pointed: [], chosen: [] };
  const channel = join(channelName, { alive: () => root.isConnected });
  const set = (name, ids) => {
    state[name] = ids;
    onState();
  };
  channel.on(POINT, (ids) => set("pointed", ids));
  channel.on(CHOOSE, (ids) => set("chosen", ids));
  return {
    state,
    selection: () => state.chosen,
    point(ids) { channel.tell(POINT, ids); set("pointed", ids); },
    choose(ids) { channel.tell(CHOOSE, ids); set("chosen", ids); },
    clear() { Object.assign(state, { pointed: [], chosen: [] }); },
  };
}
