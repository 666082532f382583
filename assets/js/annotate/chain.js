/* Which pages are alive: each holds a lock of its own name, and takes up only what dead ones left in the outbox. */

const CHAIN = "giqa-chain-";

/** This page's name, held as a lock while it lives, and the names of other pages that live: their saves are their own. */
export async function chains() {
  const chain = [...crypto.getRandomValues(new Uint32Array(2))].join("-");
  if (!navigator.locks) return { chain, alive: new Set() }; // what others left is taken up; the keys keep it from being saved twice
  await new Promise((held) => { navigator.locks.request(CHAIN + chain, () => { held(); return new Promise(() => {}); }); });
  const { held } = await navigator.locks.query();
  return { chain, alive: new Set(held.map(({ name }) => name).filter((name) => name.startsWith(CHAIN)).map((name) => name.slice(CHAIN.length))) };
}
