/** Signing in, for the pages that need it. */

import { type Session, send, session, signIn } from "../api";
import { el, fill } from "../map/dom";
import { field, lines, told } from "../voice/frame";
import { say } from "../words";

const ROLES = ["public", "officer", "planner", "administrator"] as const;

/** Whether a role may what another may. */
export function mayAs(role: Session["role"], least: Session["role"]): boolean {
  return ROLES.indexOf(role) >= ROLES.indexOf(least);
}

/** Draws the page for whoever may see it; asks others to sign in first. */
export async function asRole(main: HTMLElement, least: Session["role"], draw: (who: Session) => Promise<void>): Promise<void> {
  const who = await session();
  if (mayAs(who.role, least)) return draw(who);
  const message = told();
  const name = el("input", { id: "name", autocomplete: "username", required: true, maxlength: 60 });
  const password = el("input", { id: "password", type: "password", autocomplete: "current-password", required: true, maxlength: 200 });
  const form = el("form", { class: "card sign-in" }, el("h2", {}, say("web.citizen.sign_in")), field(say("web.citizen.name"), name), field(say("web.citizen.password"), password), message.at, el("button", { type: "submit", class: "first" }, say("web.citizen.sign_in")));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void signIn(name.value, password.value).then(
      (begun) => (mayAs(begun.role, least) ? draw(begun) : message.say(say("web.citizen.may_not"), "fault")),
      (error: unknown) => message.say((error as { status?: number }).status === 401 ? say("web.citizen.wrong_password") : lines(error).join(" "), "fault"),
    );
  });
  fill(main, form);
}

/** Says who is signed in, with the way out. */
export function whoIsHere(who: Session): HTMLElement {
  if (who.is_laptop) return el("p", { class: "note" }, say("web.citizen.laptop"));
  const out = el("button", { type: "button", class: "quiet", onclick: () => void send("DELETE", "api/session").then(() => location.reload()) }, say("web.citizen.sign_out"));
  return el("p", { class: "row note" }, say("web.citizen.signed_in", { name: who.account }), out);
}
