/** Makes elements; texts are always texts, never markup. */

type Child = Node | string | null | undefined;
type Given = Record<string, string | number | boolean | null | undefined | ((event: never) => void)>;

/** Makes an element: attributes by name, `onclick`-like functions as listeners, children in order. */
export function el<K extends keyof HTMLElementTagNameMap>(tag: K, given: Given = {}, ...children: Child[]): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(given)) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === "function") made.addEventListener(name.slice(2), value as EventListener);
    else made.setAttribute(name, value === true ? "" : String(value));
  }
  made.append(...children.filter((one): one is Node | string => one !== null && one !== undefined));
  return made;
}

/** Puts new children into an element. */
export function fill(where: Element, ...children: Child[]): void {
  where.replaceChildren(...children.filter((one): one is Node | string => one !== null && one !== undefined));
}

/** A patch of colour; the colour is set through the style object, as the policy of the page asks. */
export function patch(colour: string | null): HTMLElement {
  const made = el("span", { class: colour === null ? "patch hatch" : "patch", "aria-hidden": "true" });
  if (colour !== null) made.style.background = colour;
  return made;
}
