/** What the page knows, and who is told when it changes. */

import type * as GeoJSON from "geojson";
import { get, type Lang, type Session } from "../api";
import { begin, type History } from "./history";

export type Indicator = {
  id: string; title: string; meaning: string; dimension: string; unit: string; decimals: number;
  better: "higher" | "lower" | "near" | "context"; goalposts: [number, number] | null; groups: string[]; has_cells: boolean;
};
export type City = {
  code: string; name: string; period: string; is_invented: boolean; bounds: [number, number, number, number];
  dimensions: { id: string; title: string }[]; indicators: Indicator[]; groups: { id: string; title: string }[];
  has_diagnosis: boolean; has_plan: boolean;
};
export type Listed = { code: string; name: string; has_what_if: boolean };
export type Place = { place: string; name: string; name_km: string | null; level: string; parent: string | null; area_m2: number };
export type Row = { place: string; value: number | null; low: number | null; high: number | null; n: number | null; status: string };
export type Change = { do: string } & Record<string, string | number | number[]>;
export type Scenario = { id: string; name: string; changes: Change[]; made_by: string; made_at: string };
export type Columns = {
  place: string[]; group: string[]; indicator: string[]; before: (number | null)[]; after: (number | null)[];
  difference: (number | null)[]; status: string[]; num_before: (number | null)[]; num: (number | null)[];
};
export type Answer = { columns: Columns; counts_people: string[]; milliseconds: number };
export type Feature = GeoJSON.Feature<GeoJSON.Geometry, Record<string, string | number | null>>;
export type Shown = "now" | "after" | "difference";
export type Event = "shown" | "chosen" | "changes" | "answer" | "facility";

export type Page = {
  lang: Lang; session: Session; cities: Listed[]; has_nation: boolean; city: City; places: GeoJSON.FeatureCollection; units: Place[]; root: string;
  indicator: Indicator; group: string; mode: "places" | "cells"; rows: Map<string, Row>;
  chosen: string | null; facility: { id: string; name: string; kind: string } | null;
  changes: History<Change[]>; answer: Answer | null; after: Map<string, { before: number | null; after: number | null }>; shown: Shown;
  tool: string | null; seconds: number; scenario: string | null; streets: GeoJSON.FeatureCollection;
  /** Ends when another city or language takes the place of this one. */
  ended: AbortSignal;
  told: Map<Event, (() => void)[]>;
};

/** Asks to be told of an event. */
export function on(page: Page, event: Event, call: () => void): void {
  page.told.set(event, [...(page.told.get(event) ?? []), call]);
}

/** Tells all who asked. */
export function tell(page: Page, event: Event): void {
  for (const call of page.told.get(event) ?? []) call();
}

/** What a place is called in the language of the page. */
export function nameOf(page: Page, place: string): string {
  const found = placesOf(page.places).find((one) => one.place === place);
  if (found === undefined) return place;
  return (page.lang === "km" ? found.name_km : null) ?? found.name;
}

/** The places of borders. */
export const placesOf = (borders: GeoJSON.FeatureCollection): Place[] => borders.features.map((one) => one.properties as Place);

/** The smallest places: those no other lies in. */
export function unitsOf(borders: GeoJSON.FeatureCollection): Place[] {
  const all = placesOf(borders);
  const parents = new Set(all.map((one) => one.parent));
  return all.filter((one) => !parents.has(one.place));
}

/** Path of a city's part of the server. */
export const path = (page: Page, rest: string): string => `api/cities/${encodeURIComponent(page.city.code)}/${rest}`;

/** Loads the numbers of what is shown. */
export async function loadRows(page: Page): Promise<void> {
  const asked = `${page.indicator.id} ${page.group}`;
  const rows = await get<Row[]>(path(page, `observations/${page.indicator.id}?group=${encodeURIComponent(page.group)}`));
  if (asked !== `${page.indicator.id} ${page.group}`) return;
  page.rows = new Map(rows.map((row) => [row.place, row]));
  takeAfter(page);
  tell(page, "shown");
}

/** Takes what the answer says of the shown indicator and group. */
export function takeAfter(page: Page): void {
  page.after = new Map();
  const found = page.answer?.columns;
  if (found === undefined) return;
  found.place.forEach((place, at) => {
    if (found.indicator[at] !== page.indicator.id || found.group[at] !== page.group) return;
    page.after.set(place, { before: found.before[at] ?? null, after: found.after[at] ?? null });
  });
}

/** How many people more reach something in the whole city, by indicator, the most first. */
export function gains(answer: Answer, root: string, group = "all"): { indicator: string; people: number }[] {
  const { columns, counts_people } = answer;
  const counted = new Set(counts_people);
  return columns.place
    .flatMap((place, at) => {
      const key = columns.indicator[at] as string;
      if (place !== root || columns.group[at] !== group || !counted.has(key)) return [];
      const people = (columns.num[at] ?? Number.NaN) - (columns.num_before[at] ?? Number.NaN);
      return Number.isFinite(people) && Math.abs(people) >= 0.5 ? [{ indicator: key, people }] : [];
    })
    .sort((one, other) => Math.abs(other.people) - Math.abs(one.people));
}

/** A city, ready to be shown. */
export async function openCity(code: string, lang: Lang): Promise<Pick<Page, "city" | "places" | "units" | "root">> {
  const [city, places] = await Promise.all([
    get<City>(`api/cities/${code}?lang=${lang}`),
    get<GeoJSON.FeatureCollection>(`api/cities/${code}/places.geojson`),
  ]);
  const root = placesOf(places).find((one) => one.parent === null);
  return { city, places, units: unitsOf(places), root: root?.place ?? city.code };
}

/** No change yet. */
export const nothing = (): History<Change[]> => begin<Change[]>([]);
