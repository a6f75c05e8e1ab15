/** The small first part of the page of the nation: asks for what is shown first while the large part is fetched. */

import "../style.css";
import "../map/map.css";
import "./nation.css";
import { ahead } from "../api";
import { language } from "../words";

export type Listed = { code: string; name: string };
const lang = language();
ahead(`api/words?lang=${lang}`);
void ahead<Listed[]>(`api/nations?lang=${lang}`)
  .then(([first]) => {
    if (first === undefined) return;
    ahead(`api/nations/${first.code}?lang=${lang}`);
    ahead(`api/nations/${first.code}/places`);
    ahead(`api/nations/${first.code}/outlines/province.geojson?within=`);
  })
  .catch(() => undefined);
void import("./whole").then(({ start }) => start(lang));
