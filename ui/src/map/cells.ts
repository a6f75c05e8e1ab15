/** Cells as a picture: one pixel a cell, so that a hundred thousand of them move as one. */

import { ask } from "../api";
import { classOf, colours } from "./classes";

const OPAQUE = 225;

export type Frame = { columns: number; rows: number; corners: [[number, number], [number, number], [number, number], [number, number]] };
export type Cells = { frame: Frame; values: Float32Array };

/** Loads an indicator by cell; as it would be, where changes are asked about. */
export async function loadCells(path: string, changes: readonly unknown[] | null = null): Promise<Cells> {
  const answer = await ask(path, changes === null ? {} : { method: "POST", body: JSON.stringify({ changes }), headers: { "content-type": "application/json" } });
  const frame = JSON.parse(answer.headers.get("x-grid") ?? "{}") as Frame;
  return { frame, values: new Float32Array(await answer.arrayBuffer()) };
}

/** Red, green, blue of a colour written in six hexadecimal digits. */
export function parts(colour: string): [number, number, number] {
  const said = Number.parseInt(colour.slice(1), 16);
  return [said >> 16, (said >> 8) & 255, said & 255];
}

/** Pixels of the values: colours of their classes; nothing where nothing is known or nobody lives. */
export function pixels(values: Float32Array, inner: readonly number[]): Uint8ClampedArray<ArrayBuffer> {
  const painted = colours(inner.length + 1);
  return coloured(values, (value) => painted[classOf(value, inner) as number] as string);
}

/** Pixels of values that are known, each in its colour. */
export function coloured(values: Float32Array, of: (value: number) => string): Uint8ClampedArray<ArrayBuffer> {
  const kept = new Map<string, [number, number, number]>();
  const made = new Uint8ClampedArray(new ArrayBuffer(values.length * 4));
  values.forEach((value, at) => {
    if (!Number.isFinite(value)) return;
    const colour = of(value);
    const [red, green, blue] = kept.get(colour) ?? parts(colour);
    kept.set(colour, [red, green, blue]);
    made.set([red, green, blue, OPAQUE], at * 4);
  });
  return made;
}

/** What differs, cell by cell; unknown where either is. */
export const differs = (before: Float32Array, after: Float32Array): Float32Array => after.map((value, at) => value - (before[at] ?? Number.NaN));

/** Paints cells on a canvas of one pixel a cell. */
export function paint(canvas: HTMLCanvasElement, cells: Cells, painted: Uint8ClampedArray<ArrayBuffer>): void {
  canvas.width = cells.frame.columns;
  canvas.height = cells.frame.rows;
  const image = new ImageData(painted, cells.frame.columns, cells.frame.rows);
  canvas.getContext("2d")?.putImageData(image, 0, 0);
}
