/* The page's tabs by who one is. Those of the bar are hidden by CSS; a narrow page has further ones in a menu, whose entries bear nothing but their words. */

const OF_ADMINS = /^\s*(Build|Bench|Train)\s*$/;

/** The page is that role's from now on. The routes behind the tabs refuse others in any case. */
export function tabsOf(role) {
  document.body.dataset.role = role;
  const bar = document.querySelector(".tab-wrapper");
  if (role === "admin" || !bar) return;
  const hide = () => {
    for (const entry of bar.querySelectorAll(".overflow-dropdown button")) entry.style.display = OF_ADMINS.test(entry.textContent) ? "none" : "";
  };
  new MutationObserver(hide).observe(bar, { childList: true, characterData: true, subtree: true }); // Gradio fills the menu, and moves tabs between the two
  hide();
}
