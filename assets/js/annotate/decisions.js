/* The machine's boxes decided one by one: accepted as they are or rejected, then on to the next. */

/** `open()`: the open task {model} or null; `link`: what the canvas holds. Returns {accept, reject, undecided}. */
export function createDecisions(open, link) {
  /** The undecided box behind `id`, round to the first. */
  const nextTo = (model, id) => {
    const waiting = model.undecided();
    const all = model.regions().map((region) => region.id);
    return waiting.find((one) => all.indexOf(one) > all.indexOf(id)) ?? waiting[0] ?? null;
  };
  const show = (id) => link.choose(id === null ? [] : [id]);
  const decide = (change) => () => {
    const model = open()?.model;
    if (!model) return;
    const waiting = model.undecided();
    const id = link.selection().find((one) => waiting.includes(one)) ?? null;
    if (id === null) return show(nextTo(model, null)); // first it is looked at, then it is decided
    const next = waiting.length > 1 ? nextTo(model, id) : null;
    change(model, id);
    show(next);
  };
  return {
    accept: decide((model, id) => model.accept(id)),
    reject: decide((model, id) => model.removeRegion(id)),
    undecided: () => open() && show(nextTo(open().model, link.selection().at(-1) ?? null)),
  };
}
