"use strict";
// The page's script: draws what the data say, and nothing else. Texts are only ever set as text.
(() => {
const data = JSON.parse(document.getElementById("data").textContent);
const NS = "http://www.w3.org/2000/svg", BEYOND = "inf", NO_ROW = "-", UNTOLD = 65535, N_CLASSES = 5;
const OPEN = new Set([1, 2, 3]);   // estimated, modelled, few cases: drawn as an open dot
const COLON = data.lang === "km" ? "៖ " : ": ";
const say = (key, given = {}) =>
  (data.words["page." + key] || key).replace(/\{(\w+)\}/g, (all, name) => (name in given ? given[name] : all));

// ---- elements
function make(name, given = {}, ...inner) {
  const one = document.createElement(name);
  for (const [key, value] of Object.entries(given))
    if (key.startsWith("on")) one.addEventListener(key.slice(2), value);
    else if (value === true) one.setAttribute(key, "");
    else if (value !== false && value !== null && value !== undefined) one.setAttribute(key, value);
  one.append(...inner.filter(x => x !== null && x !== undefined));
  return one;
}
function draw(name, given = {}, ...inner) {
  const one = document.createElementNS(NS, name);
  for (const [key, value] of Object.entries(given)) one.setAttribute(key, value);
  one.append(...inner);
  return one;
}

// ---- numbers, written as the other documents write them
function grouped(value, decimals) {
  const [whole, part] = Math.abs(value).toFixed(decimals).split(".");
  const zero = !Number(Math.abs(value).toFixed(decimals));
  return (value < 0 && !zero ? "-" : "") + whole.replace(/\B(?=(\d{3})+$)/g, ",") + (part ? "." + part : "");
}
const written = (value, one) =>
  value === null || value === undefined ? "" : value === BEYOND ? say("map.beyond") : grouped(value, one.decimals) + one.unit;
function between(low, high, one) {
  if (low === null || high === null) return say("map.error_unknown");
  return written(low, one) + "\u2013" + written(high, one);
}

// ---- values: of every place for one indicator and group
const opened = new Map();
function valuesOf(one, group) {
  const key = one.id + " " + group;
  if (!opened.has(key)) {
    const [statuses, numbers] = one.by[group] || [NO_ROW.repeat(data.places.length), []];
    let next = 0;
    opened.set(key, [...statuses].map((sign, at) => {
      const status = sign === NO_ROW ? 5 : Number(sign);   // no row is no data
      if (status > 3) return { at, status, value: null, low: null, high: null };
      const [value, low, high] = numbers.slice(next, next + 3);
      next += 3;
      return { at, status, value, low, high };
    }));
  }
  return opened.get(key);
}
const isNumber = x => typeof x === "number";

// ---- classes: five at most, at round numbers near the fifths, the same for every group
function nice(value, spread) {
  if (!spread) return value;
  const step = 10 ** Math.floor(Math.log10(spread / 4)), part = [5, 2, 1].find(k => k * step <= spread / 8) || 0.5;
  return Number((Math.round(value / (part * step)) * part * step).toPrecision(12));
}
function breaksOf(values) {
  const all = values.filter(isNumber).sort((a, b) => a - b);
  const distinct = [...new Set(all)];
  if (distinct.length <= N_CLASSES) return distinct.slice(1);
  const least = all[0], most = all[all.length - 1];   // fifths of the values that differ: many places with 0 are one class
  const at = [1, 2, 3, 4].map(k => nice(distinct[Math.floor(k * distinct.length / N_CLASSES)], most - least));
  return [...new Set(at)].filter(x => x > least && x <= most);
}
function classOf(value, breaks) {
  if (value === BEYOND) return N_CLASSES - 1;
  if (!isNumber(value)) return -1;
  let at = 0;
  while (at < breaks.length && value >= breaks[at]) at++;
  return shade(at, breaks.length);
}
const shade = (at, nBreaks) => (nBreaks ? Math.round(at * (N_CLASSES - 1) / nBreaks) : 2);
const colours = [0, 1, 2, 3, 4].map(k => getComputedStyle(document.documentElement).getPropertyValue("--class-" + k).trim());
const unknownColour = getComputedStyle(document.documentElement).getPropertyValue("--missing").trim();

// ---- tip
const tip = make("div", { class: "tip", role: "status" });
document.body.append(tip);
function showTip(lines, x, y) {
  tip.replaceChildren(...lines.filter(Boolean).map((line, at) => make(at ? "div" : "b", {}, line)));
  const box = tip.getBoundingClientRect();
  tip.style.left = Math.max(4, Math.min(x + 14, innerWidth - box.width - 4)) + "px";
  tip.style.top = Math.max(4, y + 16 + box.height > innerHeight ? y - box.height - 12 : y + 16) + "px";
}
const hideTip = () => tip.replaceChildren();
addEventListener("scroll", hideTip, { passive: true });

// ---- shapes
function pathOf(line, close) {
  let out = "M" + line[0] + " " + line[1];
  for (let k = 2; k < line.length; k += 2) out += "l" + line[k] + " " + line[k + 1];
  return close ? out + "z" : out;
}
const borderOf = data.places.map(place => place.rings.map(ring => pathOf(ring, true)).join(""));
const streetsPath = data.streets.map(line => pathOf(line, false)).join("");
const openPath = data.open.map(line => pathOf(line, true)).join("");
const [WIDE, HIGH] = data.frame;

// A picture: canvas below for cells, SVG above for borders; both share one view that buttons, keys and fingers move.
function picture(label, redraw, id = "hatch") {
  const canvas = make("canvas", { "aria-hidden": "true" });
  const hatch = draw("pattern", { id, width: 6, height: 6, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" },
    draw("rect", { width: 6, height: 6, fill: "#f4f4f4" }), draw("line", { x1: 0, y1: 0, x2: 0, y2: 6, class: "hatch" }));
  const svg = draw("svg", { role: "group", "aria-label": label }, draw("defs", {}, hatch));
  const box = make("div", { class: "picture" }, canvas, svg);
  const view = { x: 0, y: 0, wide: WIDE, high: HIGH };
  const button = (text, key, act) => make("button", { type: "button", "aria-label": say(key), title: say(key), onclick: act }, text);
  box.append(make("div", { class: "zoom" },
    button("+", "map.closer", () => zoom(1 / 1.6)), button("−", "map.farther", () => zoom(1.6)), button("⤢", "map.whole", whole)));
  const pad = 0.03;
  function fit() {
    const width = box.clientWidth || 300;
    box.style.height = Math.round(Math.max(280, Math.min(width * HIGH / WIDE, innerHeight * 0.78, width * 1.25, 900))) + "px";
    const size = [box.clientWidth, box.clientHeight], ratio = size[0] / size[1];
    // The whole city fits; the longer side of the box shows more around it.
    view.full = Math.max(WIDE * (1 + 2 * pad), HIGH * (1 + 2 * pad) * ratio);
    view.ratio = ratio;
    if (!view.scale) view.scale = 1;
    apply();
  }
  function whole() { view.scale = 1; view.cx = WIDE / 2; view.cy = HIGH / 2; apply(); }
  function zoom(by, at) {
    const was = view.scale;
    view.scale = Math.min(1, Math.max(0.04, view.scale * by));
    if (at) { const k = 1 - view.scale / was; view.cx += (at[0] - view.cx) * k; view.cy += (at[1] - view.cy) * k; }
    if (view.scale === 1) { view.cx = WIDE / 2; view.cy = HIGH / 2; }
    apply();
  }
  function apply() {
    if (!view.full) return;   // not measured yet
    view.wide = view.full * view.scale; view.high = view.wide / view.ratio;
    view.x = view.cx - view.wide / 2; view.y = view.cy - view.high / 2;
    svg.setAttribute("viewBox", [view.x, view.y, view.wide, view.high].map(v => v.toFixed(1)).join(" "));
    svg.classList.toggle("moves", view.scale < 1);
    const k = view.wide / box.clientWidth * 1;
    hatch.setAttribute("patternTransform", "scale(" + k.toFixed(3) + ") rotate(45)");
    redraw(canvas, view, box);
  }
  const where = event => {
    const r = box.getBoundingClientRect();
    return [view.x + (event.clientX - r.left) / r.width * view.wide, view.y + (event.clientY - r.top) / r.height * view.high];
  };
  let from = null;
  svg.addEventListener("pointerdown", event => { if (view.scale < 1) from = where(event); });
  svg.addEventListener("pointermove", event => {
    if (!from || !event.buttons) return;
    const to = where(event);
    view.cx += from[0] - to[0]; view.cy += from[1] - to[1];
    apply();
  });
  for (const end of ["pointerup", "pointerleave", "pointercancel"]) svg.addEventListener(end, () => { from = null; });
  svg.addEventListener("wheel", event => {
    if (!event.ctrlKey && view.scale === 1) return;   // a wheel without ctrl scrolls the page
    event.preventDefault();
    zoom(event.deltaY > 0 ? 1.25 : 0.8, where(event));
  }, { passive: false });
  svg.addEventListener("dblclick", event => zoom(0.5, where(event)));
  view.cx = WIDE / 2; view.cy = HIGH / 2;
  new ResizeObserver(fit).observe(box);
  return { box, svg, canvas, view, where, fit, apply };
}

// ---- cells, unpacked when they are first shown
const canUnpack = typeof DecompressionStream === "function";
async function unpack(text) {
  const bytes = Uint8Array.from(atob(text), sign => sign.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint16Array(await new Response(stream).arrayBuffer());
}
const layers = new Map();
let cellsWhere = null;
async function layerOf(id) {
  if (!cellsWhere) cellsWhere = await unpack(data.cells.where);
  if (!layers.has(id)) {
    const one = data.cells.layers[id];
    layers.set(id, one ? { ...one, steps: await unpack(one.packed) } : null);
  }
  return layers.get(id);
}
const cellValue = (layer, k) => (layer.steps[k] === UNTOLD ? null : layer.least + layer.steps[k] * layer.step);

// ---- state, kept in the address so that a link shows the same
const state = { i: null, g: "all", l: null, p: 0 };
const byId = new Map(data.indicators.map(one => [one.id, one]));
function readAddress() {
  const said = new URLSearchParams(location.hash.slice(1));
  if (!said.has("i") || !byId.has(said.get("i"))) return false;
  state.i = said.get("i");
  state.g = said.get("g") || "all";
  if (said.has("l")) state.l = said.get("l");
  const at = data.places.findIndex(place => place.code === said.get("p"));
  state.p = at < 0 ? 0 : at;
  return true;
}
function writeAddress() {
  const said = new URLSearchParams({ i: state.i, g: state.g, l: state.l, p: data.places[state.p].code });
  history.replaceState(null, "", "#" + said);
  for (const link of document.querySelectorAll("a.language")) link.hash = "#" + said;
}

// ---- tables that can be sorted and searched
const plain = text => text.toLowerCase().normalize("NFC");
function sortable(table, column, read) {
  [...table.tHead.rows[0].cells].forEach((head, at) => {
    if (head.classList.contains("chart")) return;
    const title = head.textContent;
    const pressed = event => { if (event.key === "Enter" || event.key === " ") { event.preventDefault(); sort(at); } };
    // No button element: browsers leave those out of heads repeated on paper.
    head.replaceChildren(make("span", { class: "sort", role: "button", tabindex: 0, title: say("table.sort", { column: title }),
      onclick: () => sort(at), onkeydown: pressed }, title));
  });
  function sort(at, way) {
    const head = table.tHead.rows[0].cells[at];
    const up = way || (head.getAttribute("aria-sort") === "ascending" ? "descending" : "ascending");
    for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", up);
    const key = row => {
      const cell = row.cells[at], number = cell.dataset.sort;
      if (number !== undefined) return Number(number);
      const text = cell.textContent.trim();
      return head.classList.contains("number") || text === "" ? null : text;
    };
    const sign = up === "ascending" ? 1 : -1;
    const rows = [...table.tBodies[0].rows].map(row => [key(row), row]);
    rows.sort(([a], [b]) => (a === null ? (b === null ? 0 : 1) : b === null ? -1   // unknown stays last, either way
      : sign * (typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b), data.lang))));
    table.tBodies[0].append(...rows.map(([, row]) => row));
  }
  return sort;
}
function searchable(table, withDimensions) {
  const count = make("output", { class: "note" });
  const rows = [...table.tBodies[0].rows];
  const field = make("input", { type: "search", oninput: filter });
  const chosen = withDimensions ? make("select", { onchange: filter }, make("option", { value: "" }, say("table.all_dimensions")),
    ...data.dimensions.map(text => make("option", { value: text }, text))) : null;
  function filter() {
    const asked = plain(field.value).split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const row of rows) {
      const text = plain(row.textContent);
      const fits = asked.every(word => text.includes(word)) && (!chosen || !chosen.value || row.cells[1].textContent === chosen.value);
      row.hidden = !fits;
      shown += fits;
    }
    count.textContent = say("table.shown", { shown, all: rows.length });
  }
  const tools = make("div", { class: "tools-of-table" }, make("label", {}, say("table.search"), field),
    chosen && make("label", {}, say("table.dimension"), chosen), count);
  table.closest(".scroll").before(tools);
  filter();
}

// ---- a line with a dot and its interval; the amber line is the city
function dots(row, scale, city, open) {
  const at = value => (isNumber(value) ? (value - scale[0]) / (scale[1] - scale[0] || 1) * 100 : 100) + "%";
  const svg = draw("svg", { class: "dots", "aria-hidden": "true" }, draw("line", { class: "axis", x1: "0%", x2: "100%", y1: "50%", y2: "50%" }));
  if (isNumber(city)) svg.append(draw("line", { class: "city", x1: at(city), x2: at(city), y1: "0%", y2: "100%" }));
  if (isNumber(row.low) && isNumber(row.high))
    svg.append(draw("line", { class: "range", x1: at(row.low), x2: at(row.high), y1: "50%", y2: "50%" }));
  if (isNumber(row.value)) svg.append(draw("circle", { cx: at(row.value), cy: "50%", r: 4.5, class: open ? "open" : "" }));
  return svg;
}
function scaleOf(rows) {
  const all = rows.flatMap(row => [row.value, row.low, row.high]).filter(isNumber);
  return all.length ? [Math.min(...all), Math.max(...all)] : [0, 1];
}
function valueRow(row, one, name, scale, city, act) {
  const text = written(row.value, one) || data.statuses[row.status];
  const head = act ? make("button", { type: "button", class: "as-link", onclick: act }, name) : name;
  const known = row.value !== null;
  return make("tr", { "data-at": row.at },
    make("th", { scope: "row" }, head),
    make("td", { class: "number", "data-sort": isNumber(row.value) ? row.value : row.value === BEYOND ? 1e99 : null }, known ? text : ""),
    make("td", { class: "chart" }, known ? dots(row, scale, city, OPEN.has(row.status)) : ""),
    make("td", {}, known ? between(row.low, row.high, one) : ""),
    make("td", {}, data.statuses[row.status]));
}
function valueTable(caption, first, one, scale) {
  const ends = draw("svg", { class: "dots", "aria-hidden": "true" }, draw("text", { x: 0, y: "80%" }, written(scale[0], one)),
    draw("text", { x: "100%", y: "80%", "text-anchor": "end" }, written(scale[1], one)));
  const head = make("tr", {}, make("th", { scope: "col" }, first), make("th", { scope: "col", class: "number" }, say("table.value")),
    make("th", { scope: "col", class: "chart" }, make("span", { class: "sr" }, say("table.chart")), ends),
    make("th", { scope: "col" }, say("table.interval")), make("th", { scope: "col" }, say("table.status")));
  return make("table", { class: "values" }, make("caption", {}, caption), make("thead", {}, head), make("tbody"));
}

// ---- the explorer
const root = document.getElementById("explorer");
const CELLS = "cells";
function explorer() {
  const find = make("input", { type: "search", autocomplete: "off" });
  const chooser = make("select", { onchange: () => choose({ i: chooser.value }) });
  const groupBox = make("select", { onchange: () => choose({ g: groupBox.value }) });
  const levels = make("div", { class: "levels", role: "group", "aria-label": say("map.level") });
  const title = make("h3", { "aria-live": "polite" }), meaning = make("p", { class: "note" }), saidCity = make("p", { class: "lead" }), rests = make("p", { class: "note" });
  const legend = make("ul", { class: "legend", "aria-label": say("map.legend") }), hint = make("p", { class: "note" });
  const places = make("div", { class: "scroll beside", role: "region", tabindex: 0, "aria-label": say("map.by_place") });
  const groupsBox = make("div", { class: "scroll", role: "region", tabindex: 0, "aria-label": say("table.group") });
  let layer = null, cellAt = null, breaks = [];
  const map = picture(say("nav.map"), drawCells);
  const paths = data.places.map((place, at) => draw("path", { class: "place", d: borderOf[at], "fill-rule": "evenodd", tabindex: -1, role: "img" }));
  const over = draw("g", { class: "over" }, draw("path", { class: "green", d: openPath || "M0 0" }), draw("path", { class: "street", d: streetsPath || "M0 0" }));
  const shapes = draw("g");
  const ring = draw("g", { class: "ring" }, draw("path", { class: "light" }), draw("path", { class: "dark" }));   // seen on any colour
  map.svg.append(shapes, over, ring);
  root.append(
    make("div", { class: "controls" }, make("label", {}, say("map.find"), find), make("label", {}, say("map.indicator"), chooser),
      make("label", {}, say("map.group"), groupBox)),
    title, saidCity, meaning,
    make("div", { class: "split" }, make("div", {}, levels, map.box, legend, hint), places), groupsBox, rests,
    make("p", { class: "note" }, say("map.how_sure")));

  function list() {
    const asked = plain(find.value).split(/\s+/).filter(Boolean);
    const fits = data.indicators.filter(one => asked.every(word => plain(one.title + " " + one.meaning + " " + one.id).includes(word)));
    chooser.replaceChildren(...data.dimensions.map((text, at) => [text, fits.filter(one => one.dimension === at)])
      .filter(([, many]) => many.length)
      .map(([text, many]) => make("optgroup", { label: text }, ...many.map(one => make("option", { value: one.id }, one.title)))));
    if (!fits.length) chooser.append(make("option", { value: "", disabled: true }, say("map.nothing_found")));
    chooser.value = state.i;
    return fits;
  }
  find.addEventListener("input", () => { const fits = list(); if (fits.length && find.value && !fits.some(one => one.id === state.i)) choose({ i: fits[0].id }); });

  function choose(change) {
    Object.assign(state, change);
    writeAddress();
    show();
  }
  const nameOf = at => data.places[at].name;
  function linesOf(row, one) {
    const known = row.value !== null, other = data.places[row.at].other;
    return [nameOf(row.at) + (other ? " · " + other : ""), known ? written(row.value, one) : "",
      known ? between(row.low, row.high, one) : "", data.statuses[row.status]];
  }
  function drawCells(canvas, view, box) {
    const ratio = Math.min(devicePixelRatio || 1, 2);
    canvas.width = Math.round(box.clientWidth * ratio); canvas.height = Math.round(box.clientHeight * ratio);
    if (state.l !== CELLS || !layer) return;
    const pen = canvas.getContext("2d"), k = canvas.width / view.wide, n = data.cells.n, [left, top, side] = data.cells.at;
    pen.setTransform(k, 0, 0, k, -view.x * k, -view.y * k);
    const gap = 0.6 / k, people = layers.get("people");
    const byPlace = new Map();
    for (let c = 0; c < n; c++) { const p = cellsWhere[2 * n + c]; if (!byPlace.has(p)) byPlace.set(p, []); byPlace.get(p).push(c); }
    for (const [p, many] of byPlace) {
      pen.save();
      pen.clip(new Path2D(borderOf[p]), "evenodd");   // a part of a cell is drawn inside its own place only
      for (const c of many) {
        const at = classOf(cellValue(layer, c), breaks);
        if (at < 0 && !(cellValue(people, c) > 0)) continue;   // nobody lives here: left blank
        pen.fillStyle = at < 0 ? unknownColour : colours[at];
        pen.fillRect(left + cellsWhere[c] * side, top + cellsWhere[n + c] * side, side + gap, side + gap);
      }
      pen.restore();
    }
  }
  function cellLines(event, one) {
    const [x, y] = map.where(event), [left, top, side] = data.cells.at, n = data.cells.n;
    const col = Math.floor((x - left) / side), row = Math.floor((y - top) / side), place = Number(event.target.dataset.at ?? -1);
    const found = cellAt.get(col + " " + row + " " + place);
    if (found === undefined) return null;
    const value = cellValue(layer, found), people = layers.get("people");
    const living = people ? cellValue(people, found) : null;
    return [nameOf(place), value === null ? say(living ? "map.no_value" : "map.nobody") : written(value, one),
      living ? say("map.people_here", { people: grouped(living, 0) }) : ""];
  }
  function pointed(event) {
    const at = event.target.dataset ? event.target.dataset.at : undefined;
    if (at === undefined) { hideTip(); return; }
    const one = byId.get(state.i);
    const lines = state.l === CELLS && layer ? cellLines(event, one) : linesOf(valuesOf(one, state.g)[at], one);
    if (lines) showTip(lines, event.clientX, event.clientY); else hideTip();
  }
  map.svg.addEventListener("pointermove", pointed);
  map.svg.addEventListener("pointerdown", pointed);
  map.svg.addEventListener("pointerleave", hideTip);
  map.svg.addEventListener("click", event => { const at = event.target.dataset && event.target.dataset.at; if (at !== undefined) pick(Number(at)); });
  map.svg.addEventListener("keydown", event => {
    const ways = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };
    const shown = [...shapes.children], now = shown.indexOf(document.activeElement);
    if (event.key === "Enter" || event.key === " ") { event.preventDefault(); if (now >= 0) pick(Number(shown[now].dataset.at)); }
    if (!(event.key in ways) || !shown.length) return;
    event.preventDefault();
    const next = shown[(now + ways[event.key] + shown.length) % shown.length];
    for (const path of shown) path.setAttribute("tabindex", path === next ? 0 : -1);
    next.focus();
    const r = next.getBoundingClientRect(), one = byId.get(state.i);
    showTip(linesOf(valuesOf(one, state.g)[next.dataset.at], one), r.left + r.width / 2, r.top + r.height / 2);
  });
  map.svg.addEventListener("focusout", hideTip);
  function pick(at) { choose({ p: state.p === at ? 0 : at }); }

  function levelsFor(one, rows) {
    const known = data.levels.filter(level => level.places.some(at => rows[at].value !== null));
    const hasCells = !!(data.cells && data.cells.layers[one.id]);
    const ids = [...known.map(level => level.id), ...(hasCells && canUnpack && state.g === "all" ? [CELLS] : [])];
    if (!ids.includes(state.l)) state.l = ids[0] || (data.levels[0] && data.levels[0].id) || null;
    const button = (id, text, off) => make("button", { type: "button", "aria-pressed": String(state.l === id), disabled: off, onclick: () => choose({ l: id }) }, text);
    levels.replaceChildren(...known.map(level => button(level.id, level.title, false)),
      ...(data.cells ? [button(CELLS, say("map.cells", { metres: data.cell_m }), !ids.includes(CELLS))] : []));
    return !known.length ? say("map.place_known_whole") : !data.cells ? "" : !hasCells ? say("map.no_cells")
      : !canUnpack ? say("map.old_browser") : state.g !== "all" ? say("map.cells_all") : "";
  }
  function drawLegend(one, rows, gaps) {
    const edges = [...breaks];
    const swatch = name => { const svg = draw("svg", { viewBox: "0 0 24 16", "aria-hidden": "true" }, draw("rect", { width: 24, height: 16, class: name })); return svg; };
    const item = (name, text) => make("li", {}, swatch(name), text);
    const items = rows.some(isNumber) ? [...edges, null].map((edge, at) => {
      const low = at ? edges[at - 1] : null, high = edge;
      const text = low === null && high === null ? written(rows.find(isNumber), one) : low === null ? say("map.up_to", { high: written(high, one) })
        : high === null ? say("map.from", { low: written(low, one) }) : say("map.between", { low: written(low, one), high: written(high, one) });
      return item("c" + shade(at, edges.length), text);
    }) : [];
    if (gaps) items.push(item(state.l === CELLS ? "unknown" : "cx", say("map.no_value")));
    if (state.l === CELLS) items.push(item("blank", say("map.nobody")));
    if (data.streets.length) items.push(make("li", {}, draw("svg", { viewBox: "0 0 24 16", "aria-hidden": "true" }, draw("line", { x1: 0, x2: 24, y1: 8, y2: 8, class: "street" })), say("map.streets")));
    if (data.open.length) items.push(item("green", say("map.open_space")));
    legend.replaceChildren(...items);
  }
  async function show() {
    const one = byId.get(state.i);
    if (!one.by[state.g]) state.g = "all";
    if (chooser.value !== one.id) { if (![...chooser.options].some(option => option.value === one.id)) { find.value = ""; list(); } chooser.value = one.id; }
    groupBox.replaceChildren(...data.groups.map(group => make("option", { value: group.id, disabled: !one.by[group.id] }, group.title)));
    groupBox.value = state.g;
    const rows = valuesOf(one, state.g), city = rows[0];
    const why = levelsFor(one, rows);
    const level = data.levels.find(x => x.id === state.l), shown = level ? level.places : data.levels.flatMap(x => x.places);
    title.textContent = one.title;
    meaning.textContent = [one.meaning, one.better, one.period, say("map.version", { version: one.version })].join(" · ");
    const ofGroup = state.g === "all" ? "" : ", " + data.groups.find(group => group.id === state.g).title;
    saidCity.textContent = nameOf(0) + ofGroup + COLON + (city.value === null ? data.statuses[city.status] : written(city.value, one))
      + (city.value === null ? "" : " (" + between(city.low, city.high, one) + "; " + data.statuses[city.status] + ")");
    rests.textContent = one.sources.length ? say("source.caption") + COLON + one.sources.map(id => data.sources[id] || id).join("; ") : "";
    hint.textContent = [why, say("map.beside")].filter(Boolean).join(" ");
    map.svg.setAttribute("aria-label", say("map.alt", { title: one.title }));
    const isCells = state.l === CELLS;
    layer = null;
    if (isCells) {
      const asked = one.id, got = await layerOf(one.id);
      await layerOf("people");
      if (state.i !== asked || state.l !== CELLS) return;
      layer = got;
      if (!cellAt) { cellAt = new Map(); const n = data.cells.n; for (let c = 0; c < n; c++) cellAt.set(cellsWhere[c] + " " + cellsWhere[n + c] + " " + cellsWhere[2 * n + c], c); }
    }
    const cellValues = isCells ? Array.from({ length: data.cells.n }, (_, c) => cellValue(layer, c)) : [];
    const ofPlaces = Object.keys(one.by).flatMap(group => valuesOf(one, group).slice(1).map(row => row.value));
    breaks = breaksOf(isCells && new Set(ofPlaces.filter(isNumber)).size < 3 ? cellValues : ofPlaces);
    const list_ = isCells ? data.units : shown;
    const focused = shapes.contains(document.activeElement) ? document.activeElement : null;
    shapes.replaceChildren(...list_.map((at, k) => {
      const row = rows[at], path = paths[at], kind = classOf(row.value, breaks);
      path.dataset.at = at;
      path.setAttribute("class", "place " + (isCells ? "line" : kind < 0 ? "cx" : "c" + kind));
      path.setAttribute("tabindex", k ? -1 : 0);
      path.setAttribute("aria-label", linesOf(row, one).filter(Boolean).join(", "));
      return path;
    }));
    for (const path of ring.children) path.setAttribute("d", state.p && list_.includes(state.p) ? borderOf[state.p] : "M0 0");
    if (focused && focused.parentNode === shapes) focused.focus();
    const living = isCells ? layers.get("people") : null;
    drawLegend(one, isCells ? cellValues : list_.map(at => rows[at].value),
      isCells ? cellValues.some((value, c) => value === null && cellValue(living, c) > 0) : list_.some(at => rows[at].value === null));
    map.apply();
    const scale = scaleOf([city, ...list_.map(at => rows[at])]);
    const table = valueTable(say("map.by_place") + COLON + one.title, say("table.place"), one, scale);
    table.tBodies[0].append(...list_.map(at => valueRow(rows[at], one, nameOf(at), scale, city.value, () => pick(at))));
    for (const row of table.tBodies[0].rows) row.classList.toggle("on", Number(row.dataset.at) === state.p);
    places.replaceChildren(table);
    sortable(table)(1, one.better && city ? "descending" : "descending");
    showGroups(one);
  }
  function showGroups(one) {
    const rows = data.groups.filter(group => one.by[group.id]).map(group => ({ group, row: valuesOf(one, group.id)[state.p] }));
    groupsBox.hidden = rows.length < 2;
    if (rows.length < 2) return groupsBox.replaceChildren();
    const scale = scaleOf(rows.map(x => x.row)), table = valueTable(say("map.by_group", { place: nameOf(state.p) }), say("table.group"), one, scale);
    table.tBodies[0].append(...rows.map(({ group, row }) => valueRow(row, one, group.title, scale, rows[0].row.value, () => choose({ g: group.id }))));
    groupsBox.replaceChildren(table);
    sortable(table);
  }
  return { list, show, fit: map.fit };
}

// ---- the plan on a map, year by year
function planMap() {
  const box = document.getElementById("plan-map");
  if (!box || !data.plan.length) return;
  const years = [...new Set(data.plan.map(site => site[4]))].sort();
  let year = years[years.length - 1], action = "";
  const map = picture(say("plan.where"), () => {}, "hatch-of-plan");
  map.svg.append(...data.units.map(at => draw("path", { class: "place line", d: borderOf[at], "data-at": at })),
    draw("path", { class: "street", d: streetsPath || "M0 0" }));
  const sites = draw("g"), count = make("output", { class: "note" });
  map.svg.append(sites);
  const buttons = make("div", { class: "years", role: "group", "aria-label": say("plan.by_year") });
  const kinds = make("select", { onchange: () => { action = kinds.value; show(); } }, make("option", { value: "" }, say("plan.of_all")),
    ...Object.entries(data.actions).map(([id, title]) => make("option", { value: id }, title)));
  box.append(make("h3", {}, say("plan.where")), make("div", { class: "tools-of-table" }, make("label", {}, say("plan.action"), kinds)),
    make("div", { class: "years" }, say("plan.by_year"), buttons), map.box,
    make("ul", { class: "legend", "aria-label": say("map.legend") }, ...[["site new", "plan.this_year"], ["site", "plan.before"]].map(([name, key]) =>
      make("li", {}, draw("svg", { viewBox: "0 0 24 16", class: "bare", "aria-hidden": "true" }, draw("circle", { cx: 12, cy: 8, r: 6, class: name })), say(key)))),
    count, make("p", { class: "note" }, say("plan.size")));
  function show() {
    buttons.replaceChildren(...years.map(one => make("button", { type: "button", "aria-pressed": String(one === year), onclick: () => { year = one; show(); } }, String(one))));
    const k = map.view.wide / (map.box.clientWidth || 600);
    const asked = data.plan.filter(site => !action || site[2] === action), ready = asked.filter(site => site[4] <= year);
    const crowd = new Map();
    sites.replaceChildren(...ready.map(site => {
      const r = Math.max(3.5, Math.min(11, Math.sqrt(site[6]) / 40)) * k;
      const spot = site[0] + " " + site[1], nth = crowd.get(spot) || 0;   // those at one spot stand in a spiral around it
      crowd.set(spot, nth + 1);
      const away = 9 * Math.sqrt(nth) * k, turn = nth * 2.39996;
      const dot = draw("circle", { class: site[4] === year ? "site new" : "site", cx: site[0] + away * Math.cos(turn), cy: site[1] + away * Math.sin(turn), r });
      dot.dataset.site = site[5];
      dot.addEventListener("pointermove", event => showTip([data.actions[site[2]], (data.places.find(p => p.code === site[3]) || { name: site[3] }).name,
        "US$" + grouped(site[6], 0), say("plan.in_service") + COLON + site[4]], event.clientX, event.clientY));
      dot.addEventListener("pointerleave", hideTip);
      return dot;
    }));
    count.textContent = say("plan.shown_sites", { shown: ready.length, all: asked.length });
  }
  for (const row of document.querySelectorAll("#time-line tr[data-action]"))
    row.addEventListener("click", () => { action = row.dataset.action; kinds.value = action; show(); box.scrollIntoView(); });
  new ResizeObserver(show).observe(map.box);
  show();
}

// ---- begin
for (const table of document.querySelectorAll("table[data-tools]")) { sortable(table); searchable(table, table.id === "indicator-table"); }
const print = document.getElementById("print");
print.hidden = false;
print.addEventListener("click", () => window.print());
if (data.indicators.length) {
  const first = document.querySelector("#challenge-table a");
  state.i = data.indicators[0].id;
  const lead = first ? new URLSearchParams(first.hash.slice(1)).get("i") : null;
  if (byId.has(lead)) state.i = lead;
  readAddress();
  const one = explorer();
  one.list();
  one.show();
  addEventListener("hashchange", () => { if (readAddress()) { one.show(); document.getElementById("map").scrollIntoView(); } });
}
planMap();
document.documentElement.dataset.ready = "yes";
})();
