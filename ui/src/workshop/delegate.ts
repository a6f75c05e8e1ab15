/** A delegate's phone: whom I speak for, scores, a hundred points, send, change. */

import { el, fill } from "../map/dom";
import { field, lines, told } from "../voice/frame";
import { sign } from "../voice/signs";
import { digits, say } from "../words";
import { type Mine, type Results, type Words, join, keep, kept, vote } from "./model";
import { POINTS, give, left, spread } from "./points";

const STEP = 5;
const SCORES = [1, 2, 3, 4, 5];

/** Draws what a delegate sees. */
export function drawDelegate(at: HTMLElement, said: Results, known: Words): void {
  const again = (): void => drawDelegate(at, said, known);
  const mine = kept(said.workshop);
  const results = el("p", {}, el("a", { href: `#${said.workshop}/screen` }, say("web.workshop.see_results")));
  const head = [el("h2", {}, said.title), el("p", { class: "note" }, say("web.workshop.code"), " ", el("strong", { class: "reference" }, said.workshop))];
  if (!said.is_open) return fill(at, ...head, el("p", { class: "care" }, say("web.workshop.closed")), results);
  fill(at, ...head, mine === null ? entrance(said, known, again) : ballot(said, known, mine, again), results);
}

function entrance(said: Results, known: Words, again: () => void): HTMLElement {
  const message = told();
  const groups = known.groups.filter(({ id }) => said.invited.includes(id)).map(({ id, title }) => el("label", { class: "kind" }, el("input", { type: "radio", name: "group", value: id }), el("b", {}, title)));
  const made = el("form", {}, el("fieldset", { class: "kinds" }, el("legend", {}, say("web.workshop.group")), ...groups), el("p", { class: "note" }, say("web.workshop.nameless")), message.at, el("button", { type: "submit", class: "first wide" }, say("web.workshop.join")));
  made.addEventListener("submit", (event) => {
    event.preventDefault();
    const group = new FormData(made).get("group");
    if (typeof group !== "string") {
      message.say(say("web.workshop.choose_group"), "fault");
      made.querySelector("input")?.focus();
      return;
    }
    void join(said.workshop, group).then(
      (token) => (keep(said.workshop, { token, group, points: {}, scores: {}, is_sent: false }), again()),
      (error: unknown) => message.say(lines(error).join(" "), "fault"),
    );
  });
  return made;
}

function ballot(said: Results, known: Words, mine: Mine, again: () => void): HTMLElement {
  let now = mine;
  const message = told();
  const rest = el("output", { class: "rest", "aria-live": "polite" });
  const sendIt = el("button", { type: "submit", class: "first wide" });
  const even = el("button", { type: "button" }, say("web.workshop.spread"));
  const renew: (() => void)[] = [];
  const change = (next: Partial<Mine>): void => {
    now = { ...now, ...next, is_sent: false };
    keep(said.workshop, now);
    message.say("");
    draw();
  };
  const draw = (): void => {
    const free = left(now.points);
    rest.textContent = free === 0 ? say("web.workshop.all_given") : say("web.workshop.left", { points: digits(String(free)) });
    rest.classList.toggle("complete", free === 0);
    even.hidden = free === 0;
    sendIt.textContent = say(now.is_sent ? "web.workshop.send_again" : "web.workshop.send");
    for (const one of renew) one();
  };
  const cards = known.challenges.filter(({ id }) => said.table.includes(id)).map((one) => {
    const card = challenge(one, () => now, change);
    renew.push(card.renew);
    return card.at;
  });
  even.addEventListener("click", () => change({ points: { ...spread(now.points, said.table) } }));
  const group = known.groups.find(({ id }) => id === now.group)?.title ?? now.group;
  const made = el("form", { class: "ballot" }, el("p", {}, say("web.workshop.speak_for", { group })), el("p", { class: "note" }, say("web.workshop.how")), ...cards, el("div", { class: "foot" }, el("p", { class: "row" }, rest, even), message.at, sendIt));
  made.addEventListener("submit", (event) => {
    event.preventDefault();
    if (left(now.points) !== 0) return message.say(say("web.workshop.must_add_up"), "fault");
    sendIt.disabled = true;
    void vote(now.token, now.points, now.scores)
      .then(
        () => {
          now = { ...now, is_sent: true };
          keep(said.workshop, now);
          draw();
          message.say(say("web.workshop.sent"));
        },
        (error: unknown) => {
          if ((error as { status?: number }).status === 401) {
            keep(said.workshop, null);
            again();
          } else message.say(lines(error).join(" "), "fault");
        },
      )
      .finally(() => (sendIt.disabled = false));
  });
  draw();
  return made;
}

function challenge(one: Words["challenges"][number], mine: () => Mine, change: (next: Partial<Mine>) => void): { at: HTMLElement; renew: () => void } {
  const id = `points-${one.id}`;
  const number = el("input", { id, type: "number", inputmode: "numeric", min: 0, max: POINTS, step: 1 });
  const by = (step: number): void => change({ points: { ...give(mine().points, one.id, step) } });
  const less = el("button", { type: "button", "aria-label": `−5 ${one.title}`, onclick: () => by(-STEP) }, "−5");
  const more = el("button", { type: "button", "aria-label": `+5 ${one.title}`, onclick: () => by(STEP) }, "+5");
  number.addEventListener("change", () => by((Number(number.value) || 0) - (mine().points[one.id] ?? 0)));
  const scores = SCORES.map((score) => {
    const input = el("input", { type: "radio", name: `score-${one.id}`, value: score, onchange: () => change({ scores: { ...mine().scores, [one.id]: score } }) });
    return { input, at: el("label", { class: "score" }, input, el("span", {}, digits(String(score)))) };
  });
  const title = el("h3", {}, one.title);
  title.prepend(sign(one.dimension));
  const at = el(
    "section",
    { class: "card challenge", "aria-label": one.title },
    title,
    el("details", {}, el("summary", {}, say("web.workshop.meaning")), el("p", {}, one.meaning)),
    el("fieldset", { class: "scores" }, el("legend", {}, say("web.workshop.score")), ...scores.map((each) => each.at)),
    el("div", { class: "steps" }, field(say("web.workshop.points"), number), less, more),
  );
  const renew = (): void => {
    const points = mine().points[one.id] ?? 0;
    number.value = String(points);
    less.disabled = points === 0;
    more.disabled = left(mine().points) === 0;
    at.classList.toggle("chosen", points > 0);
    for (const { input } of scores) input.checked = mine().scores[one.id] === Number(input.value);
  };
  return { at, renew };
}
