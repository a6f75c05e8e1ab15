/** The map: the city's own layers and nothing from elsewhere; names of places as elements, so that Khmer is written right. */

import type * as GeoJSON from "geojson";
import { AttributionControl, Map as Picture, Marker, NavigationControl, prewarm, ScaleControl, setWorkerUrl, type CanvasSource, type GeoJSONSource, type StyleSpecification } from "maplibre-gl";
import workerUrl from "maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url";
import "maplibre-gl/dist/maplibre-gl.css";
import { get } from "../api";
import { say } from "../words";
import { el } from "./dom";
import { nameOf, path, type Page } from "./model";

setWorkerUrl(new URL(workerUrl, import.meta.url).href);
prewarm();

const NOTHING: GeoJSON.FeatureCollection = { type: "FeatureCollection", features: [] };
const LAND = "#fbfaf7";
const BORDER = "#6d7880";
const HATCH_PX = 8;
const ROOM_SHARE = 0.35;
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

/** Lines that say that nothing is known. */
function hatch(): ImageData {
  const canvas = el("canvas", { width: HATCH_PX, height: HATCH_PX });
  const pen = canvas.getContext("2d") as CanvasRenderingContext2D;
  pen.fillStyle = "#dcdcdc";
  pen.fillRect(0, 0, HATCH_PX, HATCH_PX);
  pen.strokeStyle = "#8b9398";
  pen.beginPath();
  for (const at of [-HATCH_PX, 0, HATCH_PX]) {
    pen.moveTo(at, HATCH_PX);
    pen.lineTo(at + HATCH_PX, 0);
  }
  pen.stroke();
  return pen.getImageData(0, 0, HATCH_PX, HATCH_PX);
}

/** Draws a city's map into an element; resolves when it can be painted. */
export async function draw(page: Page, where: HTMLElement): Promise<Picture> {
  const [west, south, east, north] = page.city.bounds;
  const [wide, high] = [(east - west) * ROOM_SHARE, (north - south) * ROOM_SHARE];
  const map = new Picture({
    container: where, style: style(page), bounds: [west, south, east, north], fitBoundsOptions: { padding: 24 },
    maxBounds: [west - wide, south - high, east + wide, north + high], dragRotate: false, pitchWithRotate: false, touchPitch: false,
    attributionControl: false, fadeDuration: 0, maxZoom: 19,
    locale: { "Map.Title": say("web.map.map_title"), "NavigationControl.ZoomIn": say("web.map.zoom_in"), "NavigationControl.ZoomOut": say("web.map.zoom_out"), "Marker.Title": say("web.map.marker") },
  });
  map.touchZoomRotate.disableRotation();
  map.keyboard.disableRotation();
  map.addControl(new NavigationControl({ showCompass: false }), "top-right");
  map.addControl(new ScaleControl({ maxWidth: 90 }), "bottom-right");
  map.addControl(new AttributionControl({ compact: true, customAttribution: say("web.map.own_layers") }), "bottom-right");
  await map.once("load");
  map.addImage("hatch", hatch());
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

/** The middle of a ring, weighted by area. */
export function middle(ring: readonly GeoJSON.Position[]): [number, number] {
  let [area, x, y] = [0, 0, 0];
  const [x0, y0] = ring[0] as [number, number];
  for (let at = 0; at + 1 < ring.length; at++) {
    const [x1, y1] = ring[at] as [number, number];
    const [x2, y2] = ring[at + 1] as [number, number];
    const cross = (x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0);
    area += cross;
    x += (x1 + x2 - 2 * x0) * cross;
    y += (y1 + y2 - 2 * y0) * cross;
  }
  return area === 0 ? [x0, y0] : [x0 + x / (3 * area), y0 + y / (3 * area)];
}

const size = (ring: readonly GeoJSON.Position[]): number => Math.abs(ring.slice(1).reduce((sum, [x2, y2], at) => sum + (ring[at] as number[])[0]! * y2! - x2! * (ring[at] as number[])[1]!, 0));

/** Writes the names of the places onto the map; of two that would overlap the smaller place's is left out. */
export function nameplaces(map: Picture, page: Page): () => void {
  const named = units(page).features.map((one) => {
    const shape = one.geometry as GeoJSON.Polygon | GeoJSON.MultiPolygon;
    const rings = shape.type === "Polygon" ? [shape.coordinates[0] ?? []] : shape.coordinates.map((part) => part[0] ?? []);
    const ring = rings.reduce((most, next) => (size(next) > size(most) ? next : most));
    const place = (one.properties as { place: string; area_m2: number }).place;
    const text = el("span", { class: "nameplate", "aria-hidden": "true" }, nameOf(page, place).replace(/\s*\(.*\)$/, ""));
    return { text, at: middle(ring), area: (one.properties as { area_m2: number }).area_m2 };
  });
  named.sort((one, other) => other.area - one.area);
  const markers = named.map(({ text, at }) => new Marker({ element: text, anchor: "center" }).setLngLat(at).addTo(map));
  const part = (): void => {
    const taken: DOMRect[] = [];
    for (const { text } of named) {
      text.classList.remove("away");
      const box = text.getBoundingClientRect();
      const meets = taken.some((one) => one.left < box.right && box.left < one.right && one.top < box.bottom && box.top < one.bottom);
      text.classList.toggle("away", meets);
      if (!meets) taken.push(box);
    }
  };
  map.on("moveend", part);
  requestAnimationFrame(part);
  return () => {
    map.off("moveend", part);
    for (const one of markers) one.remove();
  };
}
