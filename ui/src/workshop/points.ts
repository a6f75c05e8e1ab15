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

/** Spreads what is left as evenly as whole points allow, over those that have points; over all where none has. */
export function spread(points: Points, table: readonly string[]): Points {
  const chosen = table.filter((key) => (points[key] ?? 0) > 0);
  const over = chosen.length > 0 ? chosen : table;
  const rest = left(points);
  const each = Math.floor(rest / over.length);
  const more = rest - each * over.length;
  const now: Record<string, number> = Object.fromEntries(table.map((key) => [key, points[key] ?? 0]));
  over.forEach((key, at) => {
    now[key] = (now[key] ?? 0) + each + (at < more ? 1 : 0);
  });
  return now;
}

/** Kendall's W in a word: below 0.3 little, below 0.5 some, below 0.7 much, else strong agreement. */
export function agreement(w: number | null): "unknown" | "little" | "some" | "much" | "strong" {
  if (w === null) return "unknown";
  if (w < 0.3) return "little";
  if (w < 0.5) return "some";
  return w < 0.7 ? "much" : "strong";
}
