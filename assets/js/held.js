/* Components of the page inside a program of ours. */

/** A value as gr.HTML would hold it: `parts` to mount a component with, `give` to change what it shows. */
export function held(channel, first, more = {}) {
  let receive = () => {};
  const props = { channel, value: first, ...more };
  const give = (value) => {
    props.value = value;
    receive();
  };
  return { give, parts: { props, trigger: () => {}, watch: (_, react) => { receive = react; } } };
}
