/** The map: the city's own layers and nothing from elsewhere; names of places as elements, so that Khmer is written right. */

import type * as GeoJSON from "geojson";
import { type CanvasSource, type GeoJSONSource, type Map as Picture, type StyleSpecification } from "maplibre-gl";
import { get } from "../api";
import { say } from "../words";
import { BORDER, LAND, NOTHING, nameAll, picture } from "./base";
import { nameOf, path, type Page } from "./model";

/** Widths of streets at zoom 12 and 17, by class; what is not named is a path. */
const WIDE = ["trunk", "primary", "secondary", "motorway"];
const NARROW = ["footway", "path", "steps", "track", "pedestrian", "cycleway", "service"];

function style(page: Page): StyleSpecification {
  const source = (data: GeoJSON.FeatureCollection | string) => ({ type: "geojson" as const, data });
  return {
    version: 8,
    sources: {
      places: { ...source(units(page)), promoteId: "place" },
      open_space: source(NOTHING), streets: { ...source(NOTHING), promoteId: "edge" }, facilities: source(NOTHING), stops: source(NOTHING),
      plan: source(NOTHING), closed: source(NOTHING),
    },
    layers: [
      { id: "land", type: "background", paint: { "background-color": LAND } },
      { id: "places", type: "fill", source: "places", paint: { "fill-color": ["to-color", ["feature-state", "colour"], "#ffffff"], "fill-opacity": 0.88 } },
      { id: "open_space", type: "fill", source: "open_space", paint: { "fill-color": "#cfdcae", "fill-opacity": 0.8, "fill-outline-color": "#7d8f4e" } },
      {
        id: "streets", type: "line", source: "streets", layout: { "line-cap": "round" },
        paint: {
          "line-color": "#8a8478",
          "line-opacity": ["interpolate", ["linear"], ["zoom"], 11, 0.35, 14, 0.75],
          "line-width": ["interpolate", ["exponential", 1.6], ["zoom"], 11, ["match", ["get", "class"], WIDE, 1, NARROW, 0.15, 0.3], 17, ["match", ["get", "class"], WIDE, 9, NARROW, 2, 5]],
        },
      },
      { id: "closed", type: "line", source: "closed", paint: { "line-color": "#a03a16", "line-width": 5, "line-dasharray": [1, 1] } },
      { id: "borders", type: "line", source: "places", paint: { "line-color": BORDER, "line-width": ["interpolate", ["linear"], ["zoom"], 11, 0.8, 16, 2] } },
      { id: "chosen", type: "line", source: "places", filter: ["==", ["get", "place"], ""], paint: { "line-color": "#1c2a33", "line-width": 4 } },
      { id: "stops", type: "circle", source: "stops", minzoom: 13.5, paint: { "circle-radius": 2.5, "circle-color": "#fff", "circle-stroke-color": "#56636c", "circle-stroke-width": 1.2 } },
      {
        id: "facilities", type: "circle", source: "facilities",
        paint: { "circle-radius": ["interpolate", ["linear"], ["zoom"], 11, 1.6, 14, 4.5, 17, 8], "circle-color": "#15445f", "circle-stroke-color": "#fff", "circle-stroke-width": ["interpolate", ["linear"], ["zoom"], 11, 0.4, 14, 1.5] },
      },
      {
        id: "plan", type: "circle", source: "plan",
        paint: { "circle-radius": ["interpolate", ["linear"], ["zoom"], 11, 4, 15, 9], "circle-color": ["case", ["get", "ready"], "#dfa63c", "#fff"], "circle-stroke-color": "#7a5200", "circle-stroke-width": 2 },
      },
    ],
  };
}

/** The borders of the smallest places. */
function units(page: Page): GeoJSON.FeatureCollection {
  const kept = new Set(page.units.map((one) => one.place));
  return { ...page.places, features: page.places.features.filter((one) => kept.has((one.properties as { place: string }).place)) };
}

/** Draws a city's map into an element; resolves when it can be painted. */
export async function draw(page: Page, where: HTMLElement): Promise<Picture> {
  const map = await picture(where, style(page), page.city.bounds, say("web.map.map_title"), 19);
  map.addLayer({ id: "missing", type: "fill", source: "places", filter: ["in", ["get", "place"], ["literal", []]], paint: { "fill-pattern": "hatch" } }, "open_space");
  return map;
}

/** Loads what the map shows beneath the numbers, each layer when it has come. */
export async function loadBase(page: Page, map: Picture): Promise<void> {
  const load = async (layer: string): Promise<void> => {
    const found = await get<GeoJSON.FeatureCollection>(path(page, `base/${layer}.geojson`));
    if (layer === "streets") page.streets = found;
    put(map, layer, found);
  };
  await Promise.all(["open_space", "streets", "facilities", "stops"].map(load));
}

/** Replaces what a layer shows. */
export function put(map: Picture, source: string, data: GeoJSON.FeatureCollection): void {
  if (!map.getContainer().isConnected) return;
  (map.getSource(source) as GeoJSONSource | undefined)?.setData(data);
}

/** Colours the places; those without a colour are hatched. */
export function colour(map: Picture, page: Page, of: (place: string) => string | null): void {
  const missing: string[] = [];
  for (const { place } of page.units) {
    const found = of(place);
    if (found === null) missing.push(place);
    map.setFeatureState({ source: "places", id: place }, { colour: found ?? "#dcdcdc" });
  }
  map.setFilter("missing", ["in", ["get", "place"], ["literal", missing]]);
}

/** Shows a picture of cells in place of the places' colours, or the places again. */
export function showCells(map: Picture, canvas: HTMLCanvasElement | null, corners: [[number, number], [number, number], [number, number], [number, number]] | null): void {
  if (map.getLayer("cells") !== undefined) map.removeLayer("cells");
  if (map.getSource("cells") !== undefined) map.removeSource("cells");
  for (const layer of ["places", "missing"]) map.setLayoutProperty(layer, "visibility", canvas === null ? "visible" : "none");
  if (canvas === null || corners === null) return;
  map.addSource("cells", { type: "canvas", canvas, coordinates: corners, animate: false });
  map.addLayer({ id: "cells", type: "raster", source: "cells", paint: { "raster-resampling": "nearest", "raster-fade-duration": 0 } }, "open_space");
  const source = map.getSource("cells") as CanvasSource;
  source.play();
  source.pause();
}

/** Writes the names of the places onto the map; of two that would overlap the smaller place's is left out. */
export const nameplaces = (map: Picture, page: Page): (() => void) =>
  nameAll(map, units(page).features.map((one) => {
    const { place, area_m2 } = one.properties as { place: string; area_m2: number };
    return { shape: one.geometry as GeoJSON.Polygon | GeoJSON.MultiPolygon, name: nameOf(page, place).replace(/\s*\(.*\)$/, ""), weight: area_m2 };
  }));
