/** Numbers as people read them. */

import { number, say } from "../words";
import type { Indicator, Row } from "./model";

const BARE = new Set(["ratio", "index", "class", "persons"]);

/** A value with its unit; unknown where there is none. */
export function shown(value: number | null, one: Pick<Indicator, "unit" | "decimals">): string {
  const text = number(value, one.decimals);
  if (value === null || Number.isNaN(value) || BARE.has(one.unit)) return text;
  const unit = say(`word.unit_short.${one.unit}`);
  return one.unit === "%" ? `${text}%` : `${text} ${unit}`;
}

/** Bounds of a value as text; empty where there are none. */
export function interval(row: Pick<Row, "low" | "high">, one: Pick<Indicator, "unit" | "decimals">): string {
  if (row.low === null || row.high === null) return "";
  return `${number(row.low, one.decimals)} – ${shown(row.high, one)}`;
}

/** A difference with its sign. */
export function signed(value: number | null, decimals: number): string {
  if (value === null || Number.isNaN(value)) return say("report.shown.unknown");
  const text = number(Math.abs(value), decimals);
  return Number(text.replaceAll(",", "")) === 0 ? text : `${value > 0 ? "+" : "−"}${text}`;
}

/** What a class is called: below the first bound, between two, from the last on. */
export function className(at: number, inner: readonly number[], decimals: number): string {
  const text = (value: number): string => number(value, Number.isInteger(value) ? 0 : Math.max(decimals, 1));
  if (inner.length === 0) return say("web.map.all_values");
  if (at === 0) return say("web.map.below", { to: text(inner[0] as number) });
  if (at === inner.length) return say("web.map.from", { from: text(inner.at(-1) as number) });
  return `${text(inner[at - 1] as number)} – ${text(inner[at] as number)}`;
}
