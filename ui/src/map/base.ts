/** What every map of ours has: its worker, its controls, hatching for what is not known, names as elements. */

import type * as GeoJSON from "geojson";
import { AttributionControl, Map as Picture, Marker, NavigationControl, prewarm, ScaleControl, setWorkerUrl, type StyleSpecification } from "maplibre-gl";
import workerUrl from "maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url";
import "maplibre-gl/dist/maplibre-gl.css";
import { say } from "../words";
import { el } from "./dom";

setWorkerUrl(new URL(workerUrl, import.meta.url).href);
prewarm();

export const NOTHING: GeoJSON.FeatureCollection = { type: "FeatureCollection", features: [] };
export const LAND = "#fbfaf7";
export const BORDER = "#6d7880";
const HATCH_PX = 8;
const ROOM_SHARE = 0.35;

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

/** Makes a map in an element; resolves when it can be painted, with the pattern "hatch". */
export async function picture(where: HTMLElement, style: StyleSpecification, bounds: readonly [number, number, number, number], title: string, maxZoom: number): Promise<Picture> {
  const [west, south, east, north] = bounds;
  const [wide, high] = [(east - west) * ROOM_SHARE, (north - south) * ROOM_SHARE];
  const map = new Picture({
    container: where, style, bounds: [west, south, east, north], fitBoundsOptions: { padding: 24 },
    maxBounds: [west - wide, south - high, east + wide, north + high], dragRotate: false, pitchWithRotate: false, touchPitch: false,
    attributionControl: false, fadeDuration: 0, maxZoom,
    locale: { "Map.Title": title, "NavigationControl.ZoomIn": say("web.map.zoom_in"), "NavigationControl.ZoomOut": say("web.map.zoom_out"), "Marker.Title": say("web.map.marker") },
  });
  map.touchZoomRotate.disableRotation();
  map.keyboard.disableRotation();
  map.addControl(new NavigationControl({ showCompass: false }), "top-right");
  map.addControl(new ScaleControl({ maxWidth: 90 }), "bottom-right");
  map.addControl(new AttributionControl({ compact: true, customAttribution: say("web.map.own_layers") }), "bottom-right");
  await map.once("load");
  map.addImage("hatch", hatch());
  return map;
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

export type Named = { shape: GeoJSON.Polygon | GeoJSON.MultiPolygon; name: string; weight: number };

/** Writes names onto a map; of two that would overlap the one of less weight is left out. */
export function nameAll(map: Picture, all: readonly Named[]): () => void {
  const named = [...all].sort((one, other) => other.weight - one.weight).map(({ shape, name }) => {
    const rings = shape.type === "Polygon" ? [shape.coordinates[0] ?? []] : shape.coordinates.map((part) => part[0] ?? []);
    const ring = rings.reduce((most, next) => (size(next) > size(most) ? next : most));
    return { text: el("span", { class: "nameplate", "aria-hidden": "true" }, name), at: middle(ring) };
  });
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
