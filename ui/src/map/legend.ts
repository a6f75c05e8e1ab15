/** What the colours mean. */

import { say } from "../words";
import { APART, colours } from "./classes";
import { el, fill, patch } from "./dom";
import { className, signed } from "./format";
import type { Indicator, Page } from "./model";

const row = (colour: string | null, text: string): HTMLElement => el("li", {}, patch(colour), text);

/** Shows the classes, and how what is not known looks. */
export function legend(page: { indicator: Pick<Indicator, "unit" | "better" | "decimals">; mode: "places" | "cells" }, where: HTMLElement, inner: readonly number[]): void {
  const { indicator } = page;
  const painted = colours(inner.length + 1);
  const unit = say(`word.unit.${indicator.unit}`);
  const better = indicator.better === "context" ? null : el("p", { class: "note" }, say(`word.better.${indicator.better}`));
  fill(
    where,
    el("h2", {}, say("web.map.legend")),
    el("p", { class: "note" }, unit),
    el("ul", {}, ...painted.map((colour, at) => row(colour, className(at, inner, indicator.decimals))).reverse(), page.mode === "places" ? row(null, say("report.shown.unknown")) : null),
    page.mode === "cells" ? el("p", { class: "note" }, say("web.map.no_cell")) : null,
    better,
  );
}

/** Shows what the colours of differences mean. */
export function legendApart(page: Page, where: HTMLElement, inner: readonly [number, number, number, number]): void {
  const { decimals, better } = page.indicator;
  const half = signed(inner[3], Number.isInteger(inner[3]) ? 0 : Math.max(decimals, 1)).replace("+", "");
  const words = [say("web.map.worse_more", { by: half }), say("web.map.worse"), say("web.map.same"), say("web.map.better"), say("web.map.better_more", { by: half })];
  const plain = [say("web.map.less_more", { by: half }), say("web.map.less"), say("web.map.same"), say("web.map.more"), say("web.map.more_more", { by: half })];
  const judged = better === "higher" || better === "lower";
  fill(
    where,
    el("h2", {}, say("web.map.difference")),
    el("p", { class: "note" }, say(page.indicator.unit === "%" ? "web.map.points" : `word.unit.${page.indicator.unit}`)),
    el("ul", {}, ...APART.map((colour, at) => row(colour, (judged ? words : plain)[at] as string)).reverse(), row(null, say("report.shown.unknown"))),
  );
}
