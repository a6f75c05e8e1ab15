/** Changes of a scenario, as the server names them. */

import type { Change } from "./model";

const PARK_M2 = 2500;
const STOP_PER_HOUR = 6;
const KEPT = 6;

/** What can be put on the map: kinds of facility; a stop and a park are added in their own ways. */
export const PALETTE = [
  "health_centre", "hospital", "pharmacy", "kindergarten", "primary_school", "secondary_school", "market", "park", "bus_stop",
  "community_centre", "one_window_office", "public_toilet", "drinking_water", "waste_point", "police", "fire_station",
] as const;
export const CLOSE = "close_street";

const round = (value: number): number => Number(value.toFixed(KEPT));

/** The change that puts a kind somewhere. */
export function added(kind: string, lon: number, lat: number): Change {
  const at = { lon: round(lon), lat: round(lat) };
  if (kind === "bus_stop") return { do: "add_stop", mode: "bus", per_hour: STOP_PER_HOUR, ...at };
  if (kind === "park") return { do: "add_open_space", area_m2: PARK_M2, ...at };
  return { do: "add_facility", kind, ...at };
}

/** The changes with a street closed; closed already, it is opened again. */
export function closed(all: readonly Change[], edge: number): Change[] {
  const kept = all.filter((one) => !(one.do === CLOSE && Array.isArray(one["edges"]) && one["edges"].includes(edge)));
  return kept.length < all.length ? kept : [...all, { do: CLOSE, edges: [edge] }];
}

/** The changes with a facility taken away, once. */
export function removed(all: readonly Change[], facility: string): Change[] {
  return all.some((one) => one.do === "remove_facility" && one["facility"] === facility) ? [...all] : [...all, { do: "remove_facility", facility }];
}

/** The kind a change is about; empty where it is about none. */
export function kindOf(one: Change): string {
  if (one.do === "add_stop") return "bus_stop";
  if (one.do === "add_open_space") return "park";
  return typeof one["kind"] === "string" ? one["kind"] : "";
}

/** Edges that are closed. */
export const closedEdges = (all: readonly Change[]): number[] => all.flatMap((one) => (one.do === CLOSE && Array.isArray(one["edges"]) ? one["edges"] : []));
