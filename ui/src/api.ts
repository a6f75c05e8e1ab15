/** Asks the server; nothing else in the page does. Faults come as sentences. */

export type Lang = "km" | "en";
export type Session = { account: string; role: "public" | "officer" | "planner" | "administrator"; csrf: string; is_laptop: boolean };

/** What the server says is wrong, a sentence each. */
export class Faults extends Error {
  constructor(
    readonly status: number,
    readonly lines: readonly string[],
  ) {
    super(lines.join("\n"));
  }
}

let csrf = "";

/** Sends one request; a server that is away is a fault with status 0. */
export async function ask(path: string, options: RequestInit = {}): Promise<Response> {
  const headers = new Headers(options.headers);
  if (csrf !== "" && options.method !== undefined) headers.set("x-csrf", csrf);
  let answer: Response;
  try {
    answer = await fetch(path, { ...options, headers, credentials: "same-origin" });
  } catch {
    throw new Faults(0, []);
  }
  if (answer.ok) return answer;
  const said: unknown = await answer.json().catch(() => ({}));
  const lines = typeof said === "object" && said !== null && "faults" in said ? (said as { faults: string[] }).faults : [answer.statusText];
  throw new Faults(answer.status, lines);
}

const asked = new Map<string, Promise<unknown>>();

/** Asks for JSON before it is needed; the next `get` of the same path takes this answer. */
export function ahead<T>(path: string): Promise<T> {
  const answer = get<T>(path);
  answer.catch(() => undefined); // said by whoever gets it
  asked.set(path, answer);
  return answer;
}

/** Gets JSON. */
export async function get<T>(path: string): Promise<T> {
  const begun = asked.get(path);
  asked.delete(path);
  if (begun !== undefined) return begun as Promise<T>;
  return (await (await ask(path)).json()) as T;
}

/** Sends JSON and gets JSON back; nothing where the server says nothing. */
export async function send<T>(method: "POST" | "PUT" | "DELETE", path: string, body?: unknown, headers: HeadersInit = {}): Promise<T | undefined> {
  const options: RequestInit = { method, headers: { "content-type": "application/json", ...headers } };
  if (body !== undefined) options.body = JSON.stringify(body);
  const answer = await ask(path, options);
  return answer.status === 204 ? undefined : ((await answer.json()) as T);
}

/** Says who asks, and remembers the word against forgery. */
export async function session(): Promise<Session> {
  const said = await get<Session>("api/session");
  csrf = said.csrf;
  return said;
}

/** Signs in. */
export async function signIn(name: string, password: string): Promise<Session> {
  const said = (await send<Session>("POST", "api/session", { name, password })) as Session;
  csrf = said.csrf;
  return said;
}
