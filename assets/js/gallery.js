/* The shelf of sample photographs: a button each, chosen with a click or the keyboard. */

import { el } from "./dom.js";

export function mount({ element, props, trigger, watch }) {
  const host = element.querySelector(".giqa-gallery");
  const draw = () =>
    host.replaceChildren(
      ...(props.value ?? []).map(({ name, label }) => {
        const picture = el("img", { src: `/samples/${encodeURIComponent(name)}`, alt: "", loading: "lazy", width: 120, height: 90 });
        const button = el("button", { type: "button", class: "giqa-sample" }, picture, el("span", {}, label));
        button.addEventListener("click", () => trigger("select", { name }));
        return button;
      }),
    );
  draw();
  watch("value", draw);
}
