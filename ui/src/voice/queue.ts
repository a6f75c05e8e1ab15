/** Keeps voices on the phone until the server has them, and their references afterwards. The key of each makes sure none is kept twice. */

import { Faults } from "../api";

export type Said = {
  key: string;
  category: string;
  text: string;
  lang: "km" | "en";
  consent: string;
  said_at: string;
  lat?: number;
  lon?: number;
  place?: string;
};
export type Waiting = { key: string; voice: Said; photo?: Blob; sound?: Blob; faults?: readonly string[] };
export type Sent = { id: string; category: string; text: string; said_at: string };

/** Where voices wait; a test has one in memory. */
export type Store = {
  waiting(): Promise<Waiting[]>;
  keep(one: Waiting): Promise<void>;
  drop(key: string): Promise<void>;
  remember(sent: Sent): Promise<void>;
  sent(): Promise<Sent[]>;
  forget(): Promise<void>;
};

/** What was asked too early: it is asked again later. Everything else the server refuses is a fault of the voice. */
export function isLater(status: number): boolean {
  return status === 0 || status === 408 || status === 429 || status >= 500;
}

/** Sends what waits, one after the other, the oldest first; stops where the server is away. Returns how many it kept. */
export async function flush(store: Store, post: (one: Waiting) => Promise<string>): Promise<number> {
  let kept = 0;
  const all = (await store.waiting()).filter((one) => one.faults === undefined);
  for (const one of all.sort((a, b) => a.voice.said_at.localeCompare(b.voice.said_at))) {
    try {
      const id = await post(one);
      const { category, text, said_at } = one.voice;
      await store.remember({ id, category, text, said_at });
      await store.drop(one.key);
      kept += 1;
    } catch (error) {
      if (!(error instanceof Faults) || isLater(error.status)) return kept;
      await store.keep({ ...one, faults: error.lines });
    }
  }
  return kept;
}

/** A key nobody else has, also where the page did not come over HTTPS. */
export function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return `web:${Array.from(bytes, (one) => one.toString(16).padStart(2, "0")).join("")}`;
}

const NAME = "cities.voices";
const WAITING = "waiting";
const SENT = "sent";

/** Opens the phone's own store. */
export async function openStore(): Promise<Store> {
  const base = await new Promise<IDBDatabase>((resolve, reject) => {
    const asked = indexedDB.open(NAME, 1);
    asked.onupgradeneeded = () => {
      asked.result.createObjectStore(WAITING, { keyPath: "key" });
      asked.result.createObjectStore(SENT, { keyPath: "id" });
    };
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error);
  });
  const read = <T>(table: string): Promise<T[]> =>
    new Promise((resolve, reject) => {
      const asked = base.transaction(table).objectStore(table).getAll();
      asked.onsuccess = () => resolve(asked.result as T[]);
      asked.onerror = () => reject(asked.error);
    });
  const write = (table: string, act: (at: IDBObjectStore) => void): Promise<void> =>
    new Promise((resolve, reject) => {
      const change = base.transaction(table, "readwrite");
      act(change.objectStore(table));
      change.oncomplete = () => resolve();
      change.onabort = () => reject(change.error);
    });
  return {
    waiting: () => read<Waiting>(WAITING),
    keep: (one) => write(WAITING, (at) => at.put(one)),
    drop: (key) => write(WAITING, (at) => at.delete(key)),
    remember: (sent) => write(SENT, (at) => at.put(sent)),
    sent: () => read<Sent>(SENT),
    forget: () => write(SENT, (at) => at.clear()),
  };
}
