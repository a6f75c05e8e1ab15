/* Lets the page of citizens open without a connection, and sends what waits when there is one again.
   Nothing of the office, of workshops or of the map is kept. */
const KEPT = "cities-voice-1";
const PAGE = "voice.html";
const POOR_MS = 4000;

self.addEventListener("install", (event) => {
  event.waitUntil(keepPage().then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  event.waitUntil(
    caches
      .keys()
      .then((names) => Promise.all(names.filter((name) => name.startsWith("cities-voice-") && name !== KEPT).map((name) => caches.delete(name))))
      .then(() => self.clients.claim()),
  );
});

/** Keeps the page and everything it names. */
async function keepPage() {
  const cache = await caches.open(KEPT);
  const answer = await fetch(PAGE, { cache: "no-cache" });
  if (!answer.ok) throw new Error(PAGE);
  await keepWithParts(cache, answer);
}

/** Keeps an answer that is the page, and the scripts and styles it names; older ones go. */
async function keepWithParts(cache, answer) {
  const text = await answer.clone().text();
  const parts = [...text.matchAll(/(?:src|href)="(?:\.\/)?(assets\/[^"]+)"/g)].map((found) => new URL(found[1], self.registration.scope).href);
  for (const part of parts) if (!(await cache.match(part))) await cache.add(part);
  for (const old of await cache.keys()) if (old.url.includes("/assets/") && !parts.includes(old.url)) await cache.delete(old);
  await cache.put(PAGE, answer);
}

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin) return;
  const scope = new URL(self.registration.scope).pathname;
  const path = url.pathname.startsWith(scope) ? url.pathname.slice(scope.length) : "";
  if (path === PAGE) event.respondWith(freshOrKept(request, true));
  else if (path.startsWith("assets/")) event.respondWith(caches.match(request, { ignoreVary: true }).then((kept) => kept ?? fetch(request)));
});

/** The page from the server; the kept one where the connection is poor or gone. */
async function freshOrKept(request) {
  const cache = await caches.open(KEPT);
  const kept = await cache.match(PAGE);
  const fresh = fetch(request).then(async (answer) => {
    if (answer.ok) await keepWithParts(cache, answer.clone()).catch(() => undefined);
    return answer;
  });
  if (kept === undefined) return fresh;
  const late = new Promise((resolve) => setTimeout(() => resolve(kept), POOR_MS));
  return Promise.race([fresh.catch(() => kept), late]);
}

self.addEventListener("sync", (event) => {
  if (event.tag === "voices") event.waitUntil(navigator.locks.request("cities.voices", sendWaiting));
});

/** Does what the page does while it is open: each voice goes with its key, so none is kept twice. */
async function sendWaiting() {
  const base = await opened("cities.voices");
  if (!base.objectStoreNames.contains("waiting")) return;
  const all = await asked(base.transaction("waiting").objectStore("waiting").getAll());
  for (const one of all.filter((each) => each.faults === undefined)) {
    const answer = await fetch(one.photo || one.sound ? "api/voices/with-files" : "api/voices", { method: "POST", ...body(one) });
    if (answer.status === 408 || answer.status === 429 || answer.status >= 500) throw new Error("later");
    const said = await answer.json();
    const change = base.transaction(["waiting", "sent"], "readwrite");
    if (answer.ok) {
      const { category, text, said_at } = one.voice;
      change.objectStore("sent").put({ id: said.id, category, text, said_at });
      change.objectStore("waiting").delete(one.key);
    } else {
      change.objectStore("waiting").put({ ...one, faults: said.faults ?? [answer.statusText] });
    }
    await new Promise((resolve, reject) => {
      change.oncomplete = resolve;
      change.onabort = () => reject(change.error);
    });
  }
  for (const page of await self.clients.matchAll()) page.postMessage("sent");
}

function body(one) {
  if (!one.photo && !one.sound) return { headers: { "content-type": "application/json" }, body: JSON.stringify(one.voice) };
  const form = new FormData();
  form.set("voice", JSON.stringify(one.voice));
  if (one.photo) form.set("photo", one.photo, "photo.jpg");
  if (one.sound) form.set("sound", one.sound, "sound");
  return { body: form };
}

function opened(name) {
  return asked(indexedDB.open(name));
}

function asked(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
