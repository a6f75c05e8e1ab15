/** Cells as a picture: one pixel a cell, so that a hundred thousand of them move as one. */

import { ask } from "../api";
import { classOf, colours } from "./classes";

export type Frame = { columns: number; rows: number; corners: [[number, number], [number, number], [number, number], [number, number]] };
export type Cells = { frame: Frame; values: Float32Array };

/** Loads an indicator by cell. */
export async function loadCells(path: string): Promise<Cells> {
  const answer = await ask(path);
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
  const painted = colours(inner.length + 1).map(parts);
  const made = new Uint8ClampedArray(new ArrayBuffer(values.length * 4));
  values.forEach((value, at) => {
    const number = classOf(value, inner);
    if (number === null) return;
    const [red, green, blue] = painted[number] as [number, number, number];
    made.set([red, green, blue, 225], at * 4);
  });
  return made;
}

/** Paints cells on a canvas of one pixel a cell. */
export function paint(canvas: HTMLCanvasElement, cells: Cells, inner: readonly number[]): void {
  canvas.width = cells.frame.columns;
  canvas.height = cells.frame.rows;
  const image = new ImageData(pixels(cells.values, inner), cells.frame.columns, cells.frame.rows);
  canvas.getContext("2d")?.putImageData(image, 0, 0);
}
