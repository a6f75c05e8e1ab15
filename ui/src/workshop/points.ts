/** A hundred points to spread, and what agreement is called; numbers alone. */

export const POINTS = 100;
export type Points = Readonly<Record<string, number>>;

/** Points that are still to give. */
export function left(points: Points): number {
  return POINTS - Object.values(points).reduce((sum, one) => sum + one, 0);
}

/** Gives points to a challenge, or takes them away: never below none, never more than are left. */
export function give(points: Points, key: string, by: number): Points {
  const has = points[key] ?? 0;
  const now = Math.max(0, Math.min(has + Math.trunc(by), has + left(points)));
  return { ...points, [key]: now };
}

/** Spreads what is left over the whole table, as evenly as whole points allow; the first get one more. */
export function spread(points: Points, table: readonly string[]): Points {
  const rest = left(points);
  const each = Math.floor(rest / table.length);
  const more = rest - each * table.length;
  return Object.fromEntries(table.map((key, at) => [key, (points[key] ?? 0) + each + (at < more ? 1 : 0)]));
}

/** Kendall's W in a word: below 0.3 little, below 0.5 some, below 0.7 much, else strong agreement. */
export function agreement(w: number | null): "unknown" | "little" | "some" | "much" | "strong" {
  if (w === null) return "unknown";
  if (w < 0.3) return "little";
  if (w < 0.5) return "some";
  return w < 0.7 ? "much" : "strong";
}
