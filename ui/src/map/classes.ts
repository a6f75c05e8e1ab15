/** Classes of a map: where they begin, which one a value is in, what colour it has. Numbers alone. */

export const COLOURS = ["#e4eff1", "#abd0d8", "#64a5b8", "#28708f", "#0d3b54"] as const;
/** From much worse to much better; brown-red against blue, told apart by every kind of colour sight. */
export const APART = ["#a03a16", "#e0a58c", "#f3f1ec", "#93bfd9", "#2c6f99"] as const;
export const MISSING = "#dcdcdc";
const N = COLOURS.length;

/** A number with two leading digits, so that a legend can be read. */
export function rounded(value: number): number {
  if (value === 0 || !Number.isFinite(value)) return value;
  const step = 10 ** (Math.floor(Math.log10(Math.abs(value))) - 1);
  return Number((Math.round(value / step) * step).toPrecision(12));
}

/** The value below which a share of sorted values lies, between neighbours in a straight line. */
export function quantile(sorted: readonly number[], share: number): number {
  const at = (sorted.length - 1) * share;
  const low = sorted[Math.floor(at)] as number;
  const high = sorted[Math.ceil(at)] as number;
  return low + (high - low) * (at - Math.floor(at));
}

/** Inner bounds of at most five classes, rising: parts of the way to the goal where they tell values apart, else quantiles. */
export function bounds(values: readonly number[], goalposts: readonly [number, number] | null = null): number[] {
  const known = values.filter(Number.isFinite).sort((one, other) => one - other);
  if (known.length === 0) return [];
  const shares = Array.from({ length: N - 1 }, (_, number) => (number + 1) / N);
  if (goalposts !== null) {
    const [floor, goal] = goalposts;
    const inner = shares.map((share) => Number((floor + share * (goal - floor)).toPrecision(12))).sort((one, other) => one - other);
    if (new Set(known.map((value) => classOf(value, inner))).size > 1) return inner;
  }
  const inner = shares.map((share) => rounded(quantile(known, share)));
  const least = known[0] as number;
  return [...new Set(inner)].filter((bound) => bound > least);
}

/** The class of a value, 0 the lowest; a value on a bound belongs above it; null where nothing is known. */
export function classOf(value: number | null, inner: readonly number[]): number | null {
  if (value === null || !Number.isFinite(value)) return null;
  return inner.filter((bound) => bound <= value).length;
}

/** Colours of so many classes, spread from the lightest to the darkest. */
export function colours(classes: number): string[] {
  if (classes <= 1) return [COLOURS[2]];
  return Array.from({ length: classes }, (_, number) => COLOURS[Math.round((number * (N - 1)) / (classes - 1))] as string);
}

/** Bounds of differences, even on both sides of none: half of the largest difference. */
export function apart(differences: Iterable<number>): [number, number, number, number] {
  let most = 0;
  for (const one of differences) if (Math.abs(one) > most && Number.isFinite(one)) most = Math.abs(one);
  const half = rounded(most / 2);
  const hair = most === 0 ? 0 : most * 1e-9;
  return [-half, -hair, hair, half];
}

/** Colour of a difference: brown-red where it grew worse, blue where better; the middle where nothing differs. */
export function colourApart(difference: number | null, inner: readonly [number, number, number, number], better: string): string {
  if (difference === null || !Number.isFinite(difference)) return MISSING;
  const good = better === "lower" ? -difference : difference;
  const [worst, worse, better_, best] = inner;
  if (good <= worst && good < 0) return APART[0];
  if (good < worse) return APART[1];
  if (good <= better_) return APART[2];
  return good < best ? APART[3] : APART[4];
}
