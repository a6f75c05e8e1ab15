/** The small first part of the live map: asks for what is shown first while the large part is fetched. */

import "../style.css";
import "./map.css";
import { ahead } from "../api";
import { language } from "../words";
import { FIRST, readLink } from "./link";
import type { Listed } from "./model";

const lang = language();
const asked = readLink(location.hash);
ahead("api/session");
ahead(`api/words?lang=${lang}`);
ahead(`api/nations?lang=${lang}`);
void ahead<Listed[]>(`api/cities?lang=${lang}`)
  .then((cities) => {
    const code = cities.find((one) => one.code.toLowerCase() === asked.city?.toLowerCase())?.code ?? cities[0]?.code;
    if (code === undefined) return;
    ahead(`api/cities/${code}?lang=${lang}`);
    ahead(`api/cities/${code}/places.geojson`);
    ahead(`api/cities/${encodeURIComponent(code)}/observations/${asked.indicator ?? FIRST}?group=${encodeURIComponent(asked.group ?? "all")}`);
  })
  .catch(() => undefined);
void import("./live").then(({ start }) => start(lang, null));
