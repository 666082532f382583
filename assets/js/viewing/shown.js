/* Waiting until a page program's tab is looked at. */

/** Resolves when somebody first looks at it. */
export function shown(root) {
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
