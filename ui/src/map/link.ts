/** What is shown, in the address: so that it can be shared and found again. */

import type { Page } from "./model";

/** The indicator shown where an address names none. */
export const FIRST = "health_centre_access";

export type Asked = { city: string | null; indicator: string | null; group: string | null; mode: "places" | "cells"; place: string | null; scenario: string | null };

/** Reads the part of an address after #. */
export function readLink(hash: string): Asked {
  const said = new URLSearchParams(hash.replace(/^#/, ""));
  return { city: said.get("city"), indicator: said.get("i"), group: said.get("g"), mode: said.get("m") === "cells" ? "cells" : "places", place: said.get("p"), scenario: said.get("s") };
}

/** Writes it. */
export function linkOf(page: Pick<Page, "city" | "indicator" | "group" | "mode" | "chosen">, scenario: string | null): string {
  const said = new URLSearchParams({ city: page.city.code, i: page.indicator.id, g: page.group, m: page.mode });
  if (page.chosen !== null) said.set("p", page.chosen);
  if (scenario !== null) said.set("s", scenario);
  return `#${said}`;
}
