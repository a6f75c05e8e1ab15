/** The screen everybody looks at: the code to join, and what the workshop thinks so far. */

import { Faults, type Session, session } from "../api";
import { el, fill } from "../map/dom";
import { mayAs } from "../office/sign_in";
import { lines, told } from "../voice/frame";
import { digits, say } from "../words";
import { type Opinion, type Results, type Words, close, results } from "./model";
import { agreement } from "./points";

const EVERY_MS = 2000;
const [WIDE, HIGH, EDGE] = [320, 34, 6];
const SPACE = "http://www.w3.org/2000/svg";

/** Draws the screen and keeps it up to date while it is shown; returns how to stop it. */
export async function drawScreen(at: HTMLElement, first: Results, known: Words): Promise<() => void> {
  const who: Session | null = await session().catch(() => null);
  const live = el("section", { class: "live" });
  const message = told();
  const code = first.workshop;
  const address = new URL(`#${code}`, location.href).href;
  let shown = "";
  const draw = (said: Results): void => {
    const now = JSON.stringify(said);
    if (now === shown) return;
    shown = now;
    fill(live, ...thought(said, known));
    shut.hidden = !said.is_open || who === null || !mayAs(who.role, "planner");
    way.hidden = !said.is_open;
  };
  const shut = el("button", { type: "button", class: "danger", hidden: true, onclick: () => confirm(say("web.workshop.close_sure")) && void close(code).then(renew, tell) }, say("web.workshop.close"));
  const tell = (error: unknown): void => message.say(lines(error).join(" "), "fault");
  const renew = async (): Promise<void> => {
    try {
      draw(await results(code));
      message.say("");
    } catch (error) {
      if (error instanceof Faults && error.status === 0) message.say(say("web.workshop.away"), "care");
      else tell(error);
    }
  };
  const isNear = ["localhost", "127.0.0.1", "[::1]"].includes(location.hostname);
  const way = el(
    "section",
    { class: "way card" },
    el("h2", {}, say("web.workshop.come")),
    el("img", { src: `api/workshops/${code}/qr.svg`, alt: say("web.workshop.qr", { address }), width: 260, height: 260 }),
    el("p", {}, say("web.workshop.code"), " ", el("strong", { class: "code" }, code)),
    el("p", {}, el("a", { href: `#${code}` }, address)),
    isNear ? el("p", { class: "care" }, say("web.workshop.near_only")) : null,
  );
  fill(at, el("h2", { class: "of" }, first.title), message.at, el("div", { class: "screen" }, live, way), shut);
  draw(first);
  const timer = setInterval(() => document.visibilityState === "visible" && void renew(), EVERY_MS);
  return () => clearInterval(timer);
}

function thought(said: Results, known: Words): (HTMLElement | null)[] {
  const titles = new Map(known.challenges.map(({ id, title }) => [id, title]));
  const groups = new Map(known.groups.map(({ id, title }) => [id, title]));
  const figure = (name: string, value: string, more?: string): HTMLElement => el("div", {}, el("dt", {}, say(`web.workshop.${name}`)), el("dd", {}, value), more === undefined ? null : el("dd", {}, more));
  const w = said.agreement;
  const figures = el(
    "dl",
    { class: "figures", "aria-live": "polite" },
    figure("n_joined", digits(String(said.n_joined))),
    figure("n_voted", digits(String(said.n_voted))),
    figure("agreement", say(`web.workshop.agree_${agreement(w)}`), w === null ? undefined : say("web.workshop.kendall", { w: digits(w.toFixed(2)) })),
  );
  const voted = Object.entries(said.groups).map(([id, n]) => el("li", { class: "chip" }, `${groups.get(id) ?? id}: ${digits(String(n))}`));
  if (said.challenges.length === 0) return [figures, el("p", {}, say("web.workshop.nobody_yet"))];
  const most = Math.max(...said.challenges.map((one) => one.high), 10);
  return [
    figures,
    said.is_open ? null : el("p", { class: "done" }, say("web.workshop.is_closed")),
    el("ul", { class: "voted" }, ...voted),
    el("div", { class: "scroll", role: "region", tabindex: "0", "aria-label": say("web.workshop.results") }, table(said, titles, groups, most)),
    weights(said),
  ];
}

function table(said: Results, titles: Map<string, string>, groups: Map<string, string>, most: number): HTMLElement {
  const heads = ["challenge", "spread_of_points", "median", "mean", "score_median", "by_group"].map((one, at) => el("th", { scope: "col", class: at > 1 && at < 5 ? "number" : "" }, say(`web.workshop.${one}`)));
  return el("table", {}, el("caption", {}, say("web.workshop.results")), el("thead", {}, el("tr", {}, ...heads)), el("tbody", {}, ...said.challenges.map((one) => row(one, titles, groups, most))));
}

function row(one: Opinion, titles: Map<string, string>, groups: Map<string, string>, most: number): HTMLElement {
  const by = Object.entries(one.by_group).filter((each): each is [string, number] => each[1] !== null);
  const cell = (value: number | null, decimals = 0): HTMLElement => el("td", { class: "number" }, value === null ? "–" : digits(value.toFixed(Number.isInteger(value) ? 0 : Math.max(1, decimals))));
  const picture = el("td", {});
  picture.append(strip(one, most));
  return el(
    "tr",
    {},
    el("th", { scope: "row" }, titles.get(one.challenge) ?? one.challenge, one.is_split ? el("span", { class: "chip split-mark" }, say("web.workshop.is_split")) : null),
    picture,
    cell(one.median), cell(one.mean, 1), cell(one.score_median),
    el("td", {}, one.score_median === null ? "–" : by.length === 0 ? say("web.workshop.too_few") : el("ul", { class: "by" }, ...by.map(([id, value]) => el("li", {}, `${groups.get(id) ?? id}: `, el("b", {}, digits(String(value))))))),
  );
}

/** Draws the middle half of the points as a bar and their median as a line. */
function strip(one: Opinion, most: number): SVGSVGElement {
  const x = (value: number): number => EDGE + (value / most) * (WIDE - 2 * EDGE);
  const part = (tag: string, given: Record<string, string | number>): SVGElement => {
    const made = document.createElementNS(SPACE, tag);
    for (const [name, value] of Object.entries(given)) made.setAttribute(name, String(value));
    return made;
  };
  const said = say("web.workshop.strip", { low: digits(one.low.toFixed(0)), median: digits(one.median.toFixed(0)), high: digits(one.high.toFixed(0)) });
  const made = part("svg", { viewBox: `0 0 ${WIDE} ${HIGH}`, class: "strip", role: "img", "aria-label": said }) as SVGSVGElement;
  made.append(
    part("line", { x1: x(0), x2: x(most), y1: HIGH / 2, y2: HIGH / 2, class: "axis" }),
    part("rect", { x: x(one.low), y: HIGH / 2 - 8, width: Math.max(3, x(one.high) - x(one.low)), height: 16, rx: 3, class: "range" }),
    part("line", { x1: x(one.median), x2: x(one.median), y1: 3, y2: HIGH - 3, class: "median" }),
  );
  return made;
}

function weights(said: Results): HTMLElement {
  const rows = Object.entries(said.weights).map(([id, value]) => el("tr", {}, el("th", { scope: "row" }, say(`word.dimension.${id}`)), el("td", { class: "number" }, digits(value.toFixed(2)))));
  return el(
    "section",
    { class: "weights" },
    el("h3", {}, say("web.workshop.weights")),
    el("p", { class: "note" }, say("web.workshop.weights_note")),
    el("table", {}, el("caption", { class: "unseen" }, say("web.workshop.weights")), el("tbody", {}, ...rows)),
    el("p", {}, el("a", { class: "button", href: `api/workshops/${said.workshop}/weights.toml`, download: `weights-${said.workshop}.toml` }, say("web.workshop.adopt"))),
  );
}
