/** What was done, step by step, so that it can be undone. */

export type History<T> = { readonly past: readonly T[]; readonly now: T; readonly future: readonly T[] };

export const begin = <T>(now: T): History<T> => ({ past: [], now, future: [] });
export const push = <T>(all: History<T>, now: T): History<T> => ({ past: [...all.past, all.now], now, future: [] });

/** One step back; the first stays. */
export function undo<T>(all: History<T>): History<T> {
  const last = all.past.at(-1);
  return last === undefined ? all : { past: all.past.slice(0, -1), now: last, future: [all.now, ...all.future] };
}

/** One step forward again. */
export function redo<T>(all: History<T>): History<T> {
  const [next, ...rest] = all.future;
  return next === undefined ? all : { past: [...all.past, all.now], now: next, future: rest };
}
