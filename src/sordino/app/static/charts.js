// Charts: a drawing is made once; after that only its rows and the ends of its axes change.

import { ask } from "/static/net.js";

const drawings = new Map();
const views = new Map();

// Every chart by its element, so that changes of one element follow one another.
export async function show(element, chart, ends = null) {
  const held = views.get(element) ?? { drawing: "", view: null, rows: new Map(), busy: Promise.resolve() };
  views.set(element, held);
  held.busy = held.busy.then(() => draw(element, held, chart, ends));
  return held.busy;
}

export function forget(element) {
  views.get(element)?.view?.finalize();
  views.delete(element);
}

async function draw(element, held, chart, ends) {
  if (held.drawing !== chart.drawing) {
    const spec = await drawingOf(chart.drawing);
    held.view?.finalize();
    const made = await window.vegaEmbed(element, structuredClone(spec), {
      ast: true, // expressions are interpreted: the page forbids code made from text
      actions: false,
      renderer: "svg",
      defaultStyle: false,
      tooltip: false,
      hover: false,
    });
    held.view = made.view;
    held.drawing = chart.drawing;
    held.rows = new Map();
    held.tops = "";
    element.querySelector("svg")?.setAttribute("aria-hidden", "true");
  }
  for (const [name, columns] of Object.entries(chart.tables)) {
    const text = JSON.stringify(columns);
    if (held.rows.get(name) === text) continue;
    held.rows.set(name, text);
    held.view.data(name, rows(columns));
  }
  const tops = JSON.stringify(ends ?? chart.ends);
  for (const [name, end] of Object.entries(ends ?? chart.ends)) held.view.signal(name, end);
  // Labels of another axis need another room.
  if (held.tops !== tops) held.view.resize();
  held.tops = tops;
  await held.view.runAsync();
}

async function drawingOf(name) {
  if (!drawings.has(name)) drawings.set(name, ask("GET", `/api/drawings/${name}`));
  return drawings.get(name);
}

function rows(columns) {
  const names = Object.keys(columns);
  return columns[names[0]].map((_, i) => Object.fromEntries(names.map((n) => [n, columns[n][i]])));
}
