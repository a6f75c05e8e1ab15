/** The page for citizens: say what troubles you, without an account, also without a connection. */

import "./voice.css";
import { get, type Lang } from "../api";
import { el, fill } from "../map/dom";
import { say } from "../words";
import { type Form, drawForm } from "./form";
import { frame, told } from "./frame";
import { drawFollow, drawMine } from "./mine";
import { post } from "./post";
import { type Store, flush, openStore } from "./queue";

const AGAIN_MS = 20_000;
const FORM = "cities.form.";
let store: Store;
let drawn: () => void = () => undefined;
let sending: Promise<number> | undefined;

/** Sends what waits; one round at a time, also with several windows open. */
function sendWaiting(): Promise<number> {
  sending ??= (navigator.locks === undefined ? flush(store, post) : navigator.locks.request("cities.voices", () => flush(store, post))).finally(() => (sending = undefined));
  return sending.then((kept) => {
    if (kept > 0) drawn();
    return kept;
  });
}

/** The form as the server has it; without a connection, as it was the last time. */
async function loadForm(lang: Lang): Promise<Form> {
  try {
    const form = await get<Form>(`api/form?lang=${lang}`);
    localStorage.setItem(FORM + lang, JSON.stringify(form));
    return form;
  } catch (error) {
    const kept = localStorage.getItem(FORM + lang);
    if (kept === null) throw error;
    return JSON.parse(kept) as Form;
  }
}

async function draw(main: HTMLElement, lang: Lang): Promise<void> {
  const form = await loadForm(lang);
  const state = told();
  const mine = el("section", { class: "mine", "aria-live": "polite" });
  const place = el("div", {});
  const renew = (): void => {
    void drawMine(mine, store, renew);
  };
  drawn = renew;
  const fresh = (): void => {
    fill(
      place,
      drawForm(form, lang, async (one) => {
        await store.keep(one);
        await wakeLater();
        const kept = await sendWaiting();
        const refused = (await store.waiting()).find((each) => each.key === one.key)?.faults;
        if (refused === undefined) fresh();
        state.say(say(kept > 0 ? "web.citizen.sent" : refused === undefined ? "web.citizen.kept_here" : "web.citizen.see_below"), kept > 0 ? "done" : "care");
        renew();
        state.at.tabIndex = -1;
        state.at.focus();
      }),
    );
  };
  fill(main, el("p", { class: "lead" }, say("web.citizen.lead")), state.at, mine, place, drawFollow());
  fresh();
  renew();
}

/** Asks the browser to send later even if this page is closed, where it can. */
async function wakeLater(): Promise<void> {
  if (!("serviceWorker" in navigator)) return;
  const registered = await navigator.serviceWorker.getRegistration();
  const sync = (registered as { sync?: { register(tag: string): Promise<void> } } | undefined)?.sync;
  await sync?.register("voices").catch(() => undefined);
}

if ("serviceWorker" in navigator) void navigator.serviceWorker.register("sw.js").catch(() => undefined);
store = await openStore();
await frame("citizen", draw);
window.addEventListener("online", () => void sendWaiting());
navigator.serviceWorker?.addEventListener("message", () => drawn());
setInterval(() => void store.waiting().then((all) => (all.some((one) => one.faults === undefined) ? sendWaiting() : 0)), AGAIN_MS);
void sendWaiting();
