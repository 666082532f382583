/* Making elements. Text goes in as text nodes only: whatever stands in it, it is never read as markup. */

const SVG = "http://www.w3.org/2000/svg";

/** Drawn on a 24 by 24 grid, stroked. */
const ICONS = {
  draw: "M4 8V5a1 1 0 0 1 1-1h3M16 4h3a1 1 0 0 1 1 1v3M20 16v3a1 1 0 0 1-1 1h-3M8 20H5a1 1 0 0 1-1-1v-3M12 8.5v7M8.5 12h7",
  select: "M6 4l12.5 7-5.6 1.6L10 18.5z",
  pan: "M12 3v18M3 12h18M9.5 5.5 12 3l2.5 2.5M9.5 18.5 12 21l2.5-2.5M5.5 9.5 3 12l2.5 2.5M18.5 9.5 21 12l-2.5 2.5",
  zoomIn: "M12 5.5v13M5.5 12h13",
  zoomOut: "M5.5 12h13",
  fit: "M4 9V4h5M15 4h5v5M20 15v5h-5M9 20H4v-5",
  undo: "M8.5 5 4 9.5 8.5 14M4.5 9.5h9.5a5.5 5.5 0 0 1 0 11h-4",
  redo: "M15.5 5 20 9.5 15.5 14M19.5 9.5H10a5.5 5.5 0 0 0 0 11h4",
  duplicate: "M9 9h11v11H9zM15 9V4H4v11h5",
  remove: "M4.5 7h15M9.5 7V4h5v3M6.5 7l1 13h9l1-13M10.5 11v5.5M13.5 11v5.5",
  help: "M9 9a3 3 0 1 1 4.5 2.6c-1 .6-1.5 1.2-1.5 2.4M12 17.5v.1",
  image: "M4 5h16v14H4zM4 16l4.5-4.5 4 4 2.5-2.5 5 5M15.5 9v.1",
  upload: "M12 16V4.5M7.5 9 12 4.5 16.5 9M4.5 16.5V20h15v-3.5",
  camera: "M4 8h3.5L9 5.5h6L16.5 8H20v11H4zM12 16.5a3.2 3.2 0 1 0 0-6.4 3.2 3.2 0 0 0 0 6.4z",
  link: "M10 14a4 4 0 0 0 5.7 0l3-3a4 4 0 0 0-5.7-5.7l-1 1M14 10a4 4 0 0 0-5.7 0l-3 3a4 4 0 0 0 5.7 5.7l1-1",
  unlink: "M13 18.7a4 4 0 0 1-5.7-5.7l1-1M11 5.3a4 4 0 0 1 5.7 5.7l-1 1M4 4l16 16",
  back: "M4 12h16M10 6l-6 6 6 6",
  forward: "M20 12H4M14 6l6 6-6 6",
  check: "M4.5 12.5 10 18 20 6.5",
  skip: "M5 5l9 7-9 7zM19 5v14",
  list: "M4 6h16M4 12h16M4 18h16",
  plus: "M12 5v14M5 12h14",
  download: "M12 4.5V16M7.5 11.5 12 16l4.5-4.5M4.5 16.5V20h15v-3.5",
  history: "M4 12a8 8 0 1 0 2.6-5.9L4 8.5M4 4v4.5h4.5M12 8v4.5l3 2",
  restore: "M9 14 4 9l5-5M4 9h10a6 6 0 0 1 0 12h-3",
  stop: "M7 7h10v10H7z",
  close: "M6 6l12 12M18 6 6 18",
  info: "M12 11v6M12 7.5v.1M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18z",
  declined: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM6 6l12 12",
  absent: "M10.5 17a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13zM15.5 15.5 20 20M8 10.5h5",
  unparsed: "M12 4 21 19.5H3zM12 10v4.5M12 17v.1",
};

function dress(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) node.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) node.setAttribute(name, String(value));
  }
  node.append(...children.filter((child) => child !== null));
  return node;
}

/** An HTML element; children are nodes or text. */
export const el = (name, attributes = {}, ...children) => dress(document.createElement(name), attributes, children);

export const svg = (name, attributes = {}, ...children) => dress(document.createElementNS(SVG, name), attributes, children);

export function icon(name) {
  return svg("svg", { class: "giqa-icon", viewBox: "0 0 24 24", "aria-hidden": "true", focusable: "false" }, svg("path", { d: ICONS[name] }));
}

/** A button with an icon; `title` is its name for everybody, `text` stands beside the icon where there is room. */
export function button({ iconName, title, text = "", keys = "", kind = "tool", ...attributes }) {
  const hint = keys ? el("kbd", { "aria-hidden": "true" }, keys) : null;
  const words = text ? el("span", {}, text) : null;
  const tip = keys ? `${title} (${keys})` : title;
  return el("button", { type: "button", class: `giqa-button giqa-${kind}`, "aria-label": title, title: tip, ...attributes }, icon(iconName), words, hint);
}

/** Whether the node is on the page and not within something hidden (another tab). */
export const isShown = (node) => node.isConnected && node.getClientRects().length > 0;

/** Resolves when somebody first looks at it: a tab that was never opened asks for nothing. */
export function firstShown(root) {
  return new Promise((resolve) => {
    const watcher = new IntersectionObserver((entries) => {
      if (!entries.some((entry) => entry.isIntersecting)) return;
      watcher.disconnect();
      resolve();
    });
    root.style.minHeight = "40px";
    watcher.observe(root);
  });
}

/** Resolves once the stylesheet of that address is at work: Gradio adds it to the page but does not wait, and what is measured before is wrong. */
export function styled(path) {
  const link = [...document.querySelectorAll('link[rel="stylesheet"]')].find((one) => new URL(one.href).pathname === path);
  if (!link || link.sheet) return Promise.resolve();
  return new Promise((resolve) => ["load", "error"].forEach((kind) => link.addEventListener(kind, resolve, { once: true })));
}
