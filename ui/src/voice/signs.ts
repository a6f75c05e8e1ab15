/** Signs of the seven dimensions, drawn as lines: seen without reading. */

const PATHS: Record<string, string> = {
  economic: "M3 8h18v11H3zM8 8V5h8v3M3 13h18M11 12h2v2h-2z",
  food: "M3 12h18a9 8 0 0 1-18 0zM8 20h8M8 9c-1-2 1-2 0-4M12 9c-1-2 1-2 0-4M16 9c-1-2 1-2 0-4",
  health: "M9 3h6v6h6v6h-6v6H9v-6H3V9h6z",
  environmental: "M2 16c3-3 4 2 7 0s4 2 7 0 4 2 6 0M2 20c3-3 4 2 7 0s4 2 7 0 4 2 6 0M12 13V9M12 9c0-4 3-6 7-6 0 4-3 6-7 6zM12 11c0-3-2-5-6-5 0 4 2 5 6 5z",
  personal: "M12 3l8 3v6c0 5-4 8-8 9-4-1-8-4-8-9V6zM8 12l3 3 5-6",
  community: "M3 11l9-7 9 7M5 10v10h14V10M10 20v-6h4v6",
  political: "M4 4h16v11h-8l-5 5v-5H4zM8 8h8M8 11h5",
};

/** Draws the sign of a dimension. */
export function sign(dimension: string): SVGSVGElement {
  const space = "http://www.w3.org/2000/svg";
  const made = document.createElementNS(space, "svg");
  for (const [name, value] of Object.entries({ viewBox: "0 0 24 24", width: "28", height: "28", "aria-hidden": "true", class: "sign" })) made.setAttribute(name, value);
  const path = document.createElementNS(space, "path");
  path.setAttribute("d", PATHS[dimension] ?? "");
  made.append(path);
  return made;
}
