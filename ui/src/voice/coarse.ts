/** Makes a place coarse on the phone itself, as the server does: the exact one never leaves it. */

const SIDE_M = 300;
const METRES_PER_DEGREE = 111_320;

/** The middle of the cell of 300 m a point is in, to five decimals. */
export function coarse(lat: number, lon: number): [number, number] {
  const high = SIDE_M / METRES_PER_DEGREE;
  const middle = (Math.floor(lat / high) + 0.5) * high;
  const columns = Math.max(1, Math.round((360 * Math.cos((middle * Math.PI) / 180)) / high));
  const wide = 360 / columns;
  const column = Math.floor((lon + 180) / wide) % columns;
  return [to5(middle), to5((column + 0.5) * wide - 180)];
}

function to5(value: number): number {
  return Math.round(value * 1e5) / 1e5;
}
