/** The page of workshops: `#` opens one, `#CODE` is a delegate's, `#CODE/screen` everybody's. */

import "../voice/voice.css";
import "./workshop.css";
import type { Lang } from "../api";
import { el, fill } from "../map/dom";
import { frame, lines } from "../voice/frame";
import { say } from "../words";
import { drawBegin } from "./begin";
import { drawDelegate } from "./delegate";
import { results, words } from "./model";
import { drawScreen } from "./screen";

let stop: () => void = () => undefined;
let turn = 0;

async function show(main: HTMLElement, lang: Lang): Promise<void> {
  stop();
  stop = () => undefined;
  const mine = ++turn;
  const [code = "", view = ""] = decodeURIComponent(location.hash.slice(1)).split("/");
  main.classList.toggle("wide-screen", view === "screen");
  try {
    const known = await words(lang);
    if (code === "") return await drawBegin(main, known);
    const said = await results(code.toUpperCase());
    if (mine !== turn) return;
    if (view !== "screen") return drawDelegate(main, said, known);
    const ended = await drawScreen(main, said, known);
    if (mine === turn) stop = ended;
    else ended();
  } catch (error) {
    const is404 = [404, 422].includes((error as { status?: number }).status ?? 0);
    fill(main, el("p", { class: "fault", role: "alert" }, is404 ? say("web.workshop.unknown_code") : lines(error).join(" ")), el("p", {}, el("a", { href: "#" }, say("web.workshop.to_start"))));
  }
}

let latest: [HTMLElement, Lang] | undefined;
addEventListener("hashchange", () => latest !== undefined && void show(...latest));
await frame("workshop", async (main, lang) => {
  latest = [main, lang];
  await show(main, lang);
});
