/** Tabs as the ARIA guide has them: arrows move, one is in the order of Tab. */

import { say } from "../words";
import { el } from "./dom";

/** Makes a panel for each name; the first is open. */
export const panelsOf = <T extends string>(names: readonly T[]): Record<T, HTMLElement> =>
  Object.fromEntries(names.map((name, at) => [name, el("div", { role: "tabpanel", id: `panel-${name}`, "aria-labelledby": `tab-${name}`, hidden: at > 0 })] as const)) as unknown as Record<T, HTMLElement>;

/** Makes the bar of tabs; a panel that opens is told by the event "opened". Words of tabs: `<section>.tab_<name>`. */
export function tabs<T extends string>(panels: Record<T, HTMLElement>, section: string, label: string): { bar: HTMLElement; open: (tab: T) => void } {
  const names = Object.keys(panels) as T[];
  const bar = el("div", { class: "tabs", role: "tablist", "aria-label": label, onkeydown: walk });
  const buttons = names.map((name) => el("button", { type: "button", role: "tab", id: `tab-${name}`, "aria-controls": `panel-${name}`, onclick: () => open(name) }, say(`${section}.tab_${name}`)));
  bar.append(...buttons);
  function open(name: T): void {
    names.forEach((one, at) => {
      panels[one].hidden = one !== name;
      buttons[at]?.setAttribute("aria-selected", String(one === name));
      buttons[at]?.setAttribute("tabindex", one === name ? "0" : "-1");
    });
    panels[name].dispatchEvent(new Event("opened"));
  }
  function walk(event: KeyboardEvent): void {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (step === undefined) return;
    const at = buttons.indexOf(document.activeElement as HTMLButtonElement);
    const next = names[(at + step + names.length) % names.length] as T;
    open(next);
    document.getElementById(`tab-${next}`)?.focus();
    event.preventDefault();
  }
  open(names[0] as T);
  return { bar, open };
}
