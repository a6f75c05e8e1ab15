/** What the page of the nation knows, and who is told when it changes. */

import type * as GeoJSON from "geojson";
import { get, type Lang } from "../api";
import type { City, Indicator } from "../map/model";

export type NationIndicator = Indicator & { levels: string[] };
export type Member = { code: string; is_served: boolean; kind: string };
export type Nation = Pick<City, "code" | "name" | "period" | "is_invented" | "bounds" | "dimensions" | "groups"> & {
  counts: { members: number; cities: number; failed: number }; failed: Record<string, string>; levels: string[]; indicators: NationIndicator[]; tables: string[]; cities: Member[];
};
export type Place = { place: string; name: string; name_km: string | null; level: string; parent: string | null };
export type Row = {
  place: string; value: number | null; low: number | null; high: number | null; n: number | null; status: string;
  coverage_people: number | null; coverage_places: number | null; basis: string | null; quality: string | null;
  /** What it is for the people it speaks for, where they are too few to speak for all. */
  of_covered?: number | null; of_covered_low?: number | null; of_covered_high?: number | null;
};
export const SHOWS = ["value", "width", "coverage"] as const;
export type Show = (typeof SHOWS)[number];
export type Event = "shown" | "scope" | "chosen" | "compared";

export type Whole = {
  lang: Lang; nation: Nation; places: Map<string, Place>; children: Map<string, string[]>;
  indicator: NationIndicator; group: string; rows: Map<string, Row>; show: Show;
  /** Level whose places are drawn, and the place they lie in. */
  level: string; within: string;
  chosen: string | null; compared: string[];
  ended: AbortSignal; told: Map<Event, (() => void)[]>;
};

/** Asks to be told of an event. */
export function on(whole: Whole, event: Event, call: () => void): void {
  whole.told.set(event, [...(whole.told.get(event) ?? []), call]);
}

/** Tells all who asked. */
export function tell(whole: Whole, event: Event): void {
  for (const call of whole.told.get(event) ?? []) call();
}

/** Columns as the server sends them, as rows. */
export function rowsOf<T>(columns: Record<string, unknown[]>): T[] {
  const names = Object.keys(columns);
  const length = columns[names[0] ?? ""]?.length ?? 0;
  return Array.from({ length }, (_, at) => Object.fromEntries(names.map((name) => [name, columns[name]?.[at] ?? null])) as T);
}

export const path = (whole: { nation: { code: string } }, rest: string): string => `api/nations/${encodeURIComponent(whole.nation.code)}/${rest}`;

const kept = new Map<string, Promise<unknown>>();

/** Gets something of the nation once. */
export function once<T>(whole: Whole, rest: string): Promise<T> {
  const asked = path(whole, rest);
  const found = kept.get(asked) ?? get<T>(asked);
  kept.set(asked, found);
  found.catch(() => kept.delete(asked));
  return found as Promise<T>;
}

/** Gets rows of a finished table; none where it was not made. */
export async function table<T>(whole: Whole, name: string, asked: Record<string, string> = {}): Promise<T[]> {
  if (!whole.nation.tables.includes(name)) return [];
  return rowsOf<T>(await once<Record<string, unknown[]>>(whole, `tables/${name}?${new URLSearchParams(asked)}`));
}

/** Gets the outlines of the places of a level; those in a province alone where the scope is in one. */
export function outlines(whole: Whole, level: string, within: string): Promise<GeoJSON.FeatureCollection> {
  const province = above(whole, within).at(1) ?? "";
  return once<GeoJSON.FeatureCollection>(whole, `outlines/${level}.geojson?within=${encodeURIComponent(province === "" || whole.places.get(province)?.level === level ? "" : province)}`);
}

/** A place and those it lies in, the nation first. */
export function above(whole: Pick<Whole, "places">, place: string): string[] {
  const found: string[] = [];
  for (let at: string | null = place; at !== null && !found.includes(at); at = whole.places.get(at)?.parent ?? null) found.unshift(at);
  return found;
}

/** The places of the level shown that lie in the scope. */
export function inScope(whole: Whole): Place[] {
  return [...whole.places.values()].filter((one) => one.level === whole.level && (whole.within === whole.nation.code || above(whole, one.place).includes(whole.within)));
}

/** What a place is called in the language of the page. */
export function nameOf(whole: Pick<Whole, "places" | "lang">, place: string): string {
  const found = whole.places.get(place);
  if (found === undefined) return place;
  return (whole.lang === "km" ? found.name_km : null) ?? found.name;
}

/** The levels below the nation, the largest first. */
export const levelsOf = (nation: Nation): string[] => nation.levels.filter((one) => one !== "nation");

/** The next smaller level that places in a place have; none at the bottom. */
export function below(whole: Whole, place: string): string | null {
  const children = whole.children.get(place) ?? [];
  const levels = levelsOf(whole.nation);
  const found = children.map((one) => levels.indexOf(whole.places.get(one)?.level ?? "")).filter((at) => at >= 0);
  return found.length === 0 ? null : (levels[Math.min(...found)] as string);
}

/** Loads the numbers of what is shown. */
export async function loadRows(whole: Whole): Promise<void> {
  const asked = `${whole.indicator.id} ${whole.group}`;
  const columns = await once<Record<string, unknown[]>>(whole, `observations/${whole.indicator.id}?group=${encodeURIComponent(whole.group)}`);
  if (asked !== `${whole.indicator.id} ${whole.group}`) return;
  whole.rows = new Map(rowsOf<Row>(columns).map((row) => [row.place, row]));
  tell(whole, "shown");
}

/** What the colours say of a row. */
export function shownOf(row: Row | undefined, show: Show): number | null {
  if (row === undefined || row.value === null) return null;
  if (show === "value") return row.value;
  if (show === "coverage") return row.coverage_people === null ? null : row.coverage_people * 100;
  return row.low === null || row.high === null ? null : row.high - row.low;
}

/** Whether two intervals do not meet, and the first is the better one. */
export function surelyBetter(one: Pick<Row, "low" | "high">, other: Pick<Row, "low" | "high">, better: string): boolean {
  if (one.low === null || one.high === null || other.low === null || other.high === null) return false;
  return better === "higher" ? one.low > other.high : better === "lower" ? one.high < other.low : false;
}

/** What is shown, in the address. */
export function linkOf(whole: Whole): string {
  const said = new URLSearchParams({ i: whole.indicator.id, g: whole.group, l: whole.level, w: whole.within, c: whole.show });
  if (whole.chosen !== null) said.set("p", whole.chosen);
  if (whole.compared.length > 0) said.set("v", whole.compared.join(","));
  return `#${said}`;
}
