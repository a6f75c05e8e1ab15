/** The map of the nation: places of one level within a scope, coloured by a number; what is not known is hatched. */

import type * as GeoJSON from "geojson";
import type { GeoJSONSource, Map as Picture, StyleSpecification } from "maplibre-gl";
import { BORDER, LAND, NOTHING, nameAll, picture } from "../map/base";
import { say } from "../words";
import { inScope, nameOf, outlines, type Whole } from "./model";

const MOST_NAMES = 60;

const style = (places: GeoJSON.FeatureCollection, context: GeoJSON.FeatureCollection): StyleSpecification => ({
  version: 8,
  sources: { places: { type: "geojson", data: places, promoteId: "place" }, context: { type: "geojson", data: context } },
  layers: [
    { id: "land", type: "background", paint: { "background-color": LAND } },
    { id: "context", type: "fill", source: "context", paint: { "fill-color": "#eef0ef" } },
    {
      id: "places", type: "fill", source: "places",
      paint: { "fill-color": ["to-color", ["feature-state", "colour"], "#ffffff"], "fill-opacity": ["case", ["boolean", ["feature-state", "known"], false], 1, 0] },
    },
    { id: "borders", type: "line", source: "places", paint: { "line-color": "#ffffff", "line-opacity": 0.8, "line-width": ["interpolate", ["linear"], ["zoom"], 6, 0.3, 10, 1.2] } },
    { id: "frame", type: "line", source: "context", paint: { "line-color": BORDER, "line-width": ["interpolate", ["linear"], ["zoom"], 6, 0.7, 10, 2] } },
    { id: "chosen", type: "line", source: "places", filter: ["==", ["get", "place"], ""], paint: { "line-color": "#1c2a33", "line-width": 4 } },
  ],
});

/** Draws the map with the places of the scope; resolves when they can be coloured. */
export async function draw(whole: Whole, where: HTMLElement): Promise<Picture> {
  const { places, context } = await found(whole);
  const map = await picture(where, style(collection(places), context), whole.nation.bounds, say("web.nation.map_title"), 14);
  map.addLayer({ id: "missing", type: "fill", source: "places", paint: { "fill-pattern": "hatch" } }, "places");
  return map;
}

type Box = [number, number, number, number];

/** The box of some outlines. */
export function boxOf(features: readonly GeoJSON.Feature[]): Box | null {
  const box: Box = [180, 90, -180, -90];
  for (const { geometry } of features) {
    const parts = geometry.type === "Polygon" ? [geometry.coordinates] : geometry.type === "MultiPolygon" ? geometry.coordinates : [];
    for (const [ring] of parts) for (const [x, y] of ring ?? []) {
      box[0] = Math.min(box[0], x as number);
      box[1] = Math.min(box[1], y as number);
      box[2] = Math.max(box[2], x as number);
      box[3] = Math.max(box[3], y as number);
    }
  }
  return box[0] <= box[2] ? box : null;
}

export type Drawn = { features: GeoJSON.Feature[]; without: number };
const collection = (features: GeoJSON.Feature[]): GeoJSON.FeatureCollection => ({ type: "FeatureCollection", features });

/** The outlines of the scope's places, of the provinces around them, and how many places have none. */
async function found(whole: Whole): Promise<{ places: GeoJSON.Feature[]; context: GeoJSON.FeatureCollection; without: number }> {
  const first = whole.nation.levels.includes("province") ? "province" : whole.level;
  const wanted = new Set(inScope(whole).map((one) => one.place));
  const [own, context] = await Promise.all([outlines(whole, whole.level, whole.within), outlines(whole, first, "")]);
  const places = own.features.filter((one) => wanted.has((one.properties as { place: string }).place));
  return { places, context: context.features.length > 0 ? context : NOTHING, without: wanted.size - places.length };
}

/** Puts the places of the scope on the map, and moves it there where it is to move. */
export async function place(whole: Whole, map: Picture, names: { drop: () => void }, move: boolean): Promise<Drawn> {
  const { level, within } = whole;
  const { places: features, without } = await found(whole);
  if (whole.ended.aborted || whole.level !== level || whole.within !== within) return { features: [], without: 0 };
  if (move) (map.getSource("places") as GeoJSONSource).setData(collection(features));
  names.drop();
  names.drop = features.length > MOST_NAMES ? () => undefined : nameAll(map, features.map((one) => {
    const code = (one.properties as { place: string }).place;
    const shape = one.geometry as GeoJSON.Polygon | GeoJSON.MultiPolygon;
    const box = boxOf([one]) as Box;
    return { shape, name: nameOf(whole, code), weight: (box[2] - box[0]) * (box[3] - box[1]) };
  }));
  const box = boxOf(features);
  if (box !== null && (move || within !== whole.nation.code)) map.fitBounds(within === whole.nation.code ? whole.nation.bounds : box, { padding: 24, duration: matchMedia("(prefers-reduced-motion: reduce)").matches || !move ? 0 : 400 });
  return { features, without };
}

/** Colours the places; those without a colour stay hatched. */
export function colour(map: Picture, drawn: Drawn, of: (place: string) => string | null): void {
  for (const { properties } of drawn.features) {
    const { place } = properties as { place: string };
    const found = of(place);
    map.setFeatureState({ source: "places", id: place }, { colour: found ?? "#dcdcdc", known: found !== null });
  }
}
