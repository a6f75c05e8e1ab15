/** One place: its number with interval and where it comes from, and its seven dimensions. */

import { ask, get } from "../api";
import { number, say } from "../words";
import { el, fill } from "./dom";
import { interval, shown } from "./format";
import { nameOf, path, type Page } from "./model";

type Dimension = { place: string; group: string; dimension: string; score: number | null; low: number | null; high: number | null; status: string };
const kept = new WeakMap<object, Promise<Dimension[]>>();

function dimensions(page: Page): Promise<Dimension[]> {
  const found = kept.get(page.places) ?? get<Dimension[]>(path(page, "diagnose/dimensions")).catch(() => []);
  kept.set(page.places, found);
  return found;
}

/** Shows the chosen place; the whole city where none is chosen. */
export function showPlace(page: Page, where: HTMLElement): void {
  const place = page.chosen ?? page.root;
  const row = page.rows.get(place);
  const value = row === undefined ? say("report.shown.unknown") : shown(row.value, page.indicator);
  const figures = [
    [say("web.map.value"), value],
    [say("web.map.interval"), row === undefined ? "" : interval(row, page.indicator)],
    [say("web.map.counted"), row?.n === null || row === undefined ? "" : number(row.n)],
    [say("web.map.status"), say(`word.status.${row?.status ?? "missing"}`)],
  ].filter(([, text]) => text !== "");
  const profile = el("div", { class: "profile" });
  const said = el("div", { "aria-live": "polite" });
  fill(
    where,
    el("h2", {}, nameOf(page, place)),
    el("h3", {}, page.indicator.title),
    el("p", { class: "note" }, page.indicator.meaning),
    el("dl", { class: "figures" }, ...figures.map(([name, text]) => el("div", {}, el("dt", {}, name as string), el("dd", {}, text as string)))),
    el("button", { type: "button", onclick: () => void explain(page, place, said) }, say("web.map.explain")),
    said,
    page.city.has_diagnosis ? el("h3", {}, say("web.map.profile")) : null,
    profile,
  );
  if (page.city.has_diagnosis) void drawProfile(page, place, profile);
}

async function explain(page: Page, place: string, where: HTMLElement): Promise<void> {
  fill(where, el("p", {}, say("web.map.wait")));
  const asked = new URLSearchParams({ place, group: page.group, lang: page.lang });
  try {
    const text = await (await ask(`api/explain/${page.city.code}/${page.indicator.id}?${asked}`)).text();
    fill(where, el("pre", { tabindex: 0 }, text));
  } catch (error) {
    fill(where, el("p", { class: "fault" }, (error as Error).message || say("web.map.away")));
  }
}

/** Seven bars from 0 to 100 with their intervals; said in words beside. */
async function drawProfile(page: Page, place: string, where: HTMLElement): Promise<void> {
  const all = (await dimensions(page)).filter((one) => one.place === place && one.group === "all");
  const bars = page.city.dimensions.filter((one) => one.id !== "city").map(({ id, title }) => {
    const one = all.find((row) => row.dimension === id);
    const score = one?.score ?? null;
    const text = score === null ? say("report.shown.unknown") : number(score);
    const bar = el("span", { class: score === null ? "bar-whole hatch" : "bar-whole", "aria-hidden": "true" });
    if (score !== null) {
      const part = el("span", { class: "bar-part" });
      part.style.width = `${score}%`;
      const range = el("span", { class: "bar-range" });
      range.style.left = `${one?.low ?? score}%`;
      range.style.width = `${(one?.high ?? score) - (one?.low ?? score)}%`;
      bar.append(part, range);
    }
    return el("li", {}, el("span", {}, title), bar, el("b", {}, text), el("small", {}, score === null ? say(`word.status.${one?.status ?? "missing"}`) : `${number(one?.low ?? score)} – ${number(one?.high ?? score)}`));
  });
  fill(where, el("p", { class: "note" }, say("web.map.profile_scale")), el("ul", { class: "bars" }, ...bars));
}
