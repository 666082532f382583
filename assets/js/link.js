/*
 * The link between phrases and boxes: parts of one channel tell each other which regions somebody points at or chose. DOM events on a common
 * target, so that the parts do not know each other and may come and go.
 */

export const POINT = "giqa:point"; // somebody points at these regions (hover, focus); none: no longer
export const CHOOSE = "giqa:choose"; // somebody chose these regions (click, Enter); none: chose nothing

/** Joins a channel. `alive()` false ends it: a component is taken from the page without a word. Regions are lists of ids. */
export function join(channel, { alive = () => true, target = document } = {}) {
  const sender = {};
  const listeners = [];
  const leave = () => listeners.splice(0).forEach(([kind, listener]) => target.removeEventListener(kind, listener));
  return {
    tell: (kind, regions) => target.dispatchEvent(new CustomEvent(kind, { detail: { channel, sender, regions: [...regions] } })),
    on(kind, react) {
      const listener = ({ detail }) => {
        if (!alive()) return leave();
        if (detail.channel === channel && detail.sender !== sender) react(detail.regions);
      };
      listeners.push([kind, listener]);
      target.addEventListener(kind, listener);
    },
    leave,
  };
}
