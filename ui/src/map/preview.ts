/** The first picture: places and their colours on a plain canvas, there before the map itself has begun. */

import type * as GeoJSON from "geojson";
import { BORDER, LAND } from "./base";
import { el } from "./dom";

const ROOM_PX = 24;
const UNKNOWN = "#dcdcdc";

/** Height on a map after Mercator, of a latitude. [radians] */
const north = (lat: number): number => Math.log(Math.tan(Math.PI / 4 + (lat * Math.PI) / 360));

/** How longitude and latitude lie in a box of so many pixels, as the map itself fits its bounds. */
export function fitted([west, south, east, top]: readonly [number, number, number, number], wide: number, high: number): (point: GeoJSON.Position) => [number, number] {
  const across = ((east - west) * Math.PI) / 180;
  const scale = Math.min((wide - 2 * ROOM_PX) / across, (high - 2 * ROOM_PX) / (north(top) - north(south)));
  const middle = (north(top) + north(south)) / 2;
  return ([lng, lat]) => [wide / 2 + ((lng as number) - (west + east) / 2) * (Math.PI / 180) * scale, high / 2 - (north(lat as number) - middle) * scale];
}

/** Draws places in their colours over an element; returns what takes the picture away. */
export function preview(where: HTMLElement, features: readonly GeoJSON.Feature[], bounds: readonly [number, number, number, number], of: (place: string) => string | null): () => void {
  const { clientWidth: wide, clientHeight: high } = where;
  const dots = devicePixelRatio;
  const canvas = el("canvas", { width: Math.round(wide * dots), height: Math.round(high * dots), class: "preview", "aria-hidden": "true" });
  const pen = canvas.getContext("2d");
  if (pen === null || wide === 0) return () => undefined;
  pen.scale(dots, dots);
  pen.fillStyle = LAND;
  pen.fillRect(0, 0, wide, high);
  pen.strokeStyle = BORDER;
  const at = fitted(bounds, wide, high);
  for (const { geometry, properties } of features) {
    const parts = geometry.type === "Polygon" ? [geometry.coordinates] : geometry.type === "MultiPolygon" ? geometry.coordinates : [];
    pen.beginPath();
    for (const ring of parts.flat()) {
      ring.forEach((point, number) => (number === 0 ? pen.moveTo(...at(point)) : pen.lineTo(...at(point))));
      pen.closePath();
    }
    pen.fillStyle = of((properties as { place: string }).place) ?? UNKNOWN;
    pen.globalAlpha = 0.88; // as the map paints them
    pen.fill("evenodd");
    pen.globalAlpha = 1;
    pen.stroke();
  }
  where.after(canvas);
  return () => canvas.remove();
}
