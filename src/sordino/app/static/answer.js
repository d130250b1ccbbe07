// What a course does, put on the page: sentences, facts, charts, limits, tables.

import { show } from "/static/charts.js";
import { at, fill, make, say, table, unbroken } from "/static/dom.js";

const MARKS = { met: "✓", "not met": "✕", care: "!" };
const WORDS = { met: "Met", "not met": "Not met", care: "Take care" };

export async function showAnswer(shown) {
  say(at("course-title"), shown.title);
  say(at("headline"), unbroken(shown.headline));
  showVerdict(shown);
  showFacts(at("facts"), shown.facts);
  const drawn = shown.figures.map((figure) => showFigure(at(`figure-${figure.id}`), figure));
  showLimits(shown.limits);
  if (shown.exact) showMore(shown);
  for (const id of ["course-words", "printed-course"]) {
    fill(at(id), shown.course.join("\n"), () => shown.course.map((line) => make("li", line.trim())));
  }
  await Promise.all(drawn);
}

// While only a first answer is there, the last verdict stays, and says that it is an old one.
function showVerdict(shown) {
  const element = at("verdict");
  element.classList.toggle("old", !shown.exact);
  if (!shown.exact) return;
  say(element, unbroken(shown.verdict));
  element.hidden = !shown.verdict;
}

export function showFacts(element, facts) {
  fill(element, JSON.stringify(facts), () =>
    facts.map(({ label, value, note }) => {
      const group = make("div");
      group.append(make("dt", label), make("dd", unbroken(value), { class: "value" }), make("dd", unbroken(note), { class: "note" }));
      return group;
    }),
  );
}

function showFigure(element, figure) {
  const of = (selector) => element.querySelector(selector);
  say(of("h3"), figure.title);
  say(of(".unseen"), `${figure.in_words} The numbers are in the table below.`);
  say(of(".caption"), figure.caption);
  fill(of(".key"), JSON.stringify(figure.key), () => figure.key.map(keyEntry));
  fill(of(".source"), figure.sources.join(), () => [
    "Models: ",
    ...figure.sources.flatMap((id, k) => [k ? ", " : "", make("a", id, { href: `/models/${id}` })]),
    ". Calculated, not measured.",
  ]);
  const numbers = of(".numbers");
  numbers.table = figure.table;
  if (!numbers.dataset.ready) {
    numbers.dataset.ready = "yes";
    numbers.addEventListener("toggle", () => fillNumbers(numbers));
  }
  fillNumbers(numbers);
  return show(of(".chart"), figure.chart);
}

function fillNumbers(element) {
  if (!element.open) return;
  fill(element.querySelector(".holder"), JSON.stringify(element.table), () => [
    table(element.table, `Table: ${element.querySelector(".title").textContent}`),
  ]);
}

function keyEntry([look, text]) {
  const entry = make("li");
  entry.append(make("span", "", { class: `swatch ${look}`, "aria-hidden": "true" }), text);
  return entry;
}

function showLimits(limits) {
  fill(at("limits"), JSON.stringify(limits), () =>
    limits.length ? limits.map(limitEntry) : [make("li", "No limit of a guideline or label speaks to this course.")],
  );
}

function limitEntry({ verdict, says, found, by, row, sources }) {
  const entry = make("li", "", { class: verdict.replace(" ", "-") });
  const text = make("div");
  const head = make("p");
  head.append(make("strong", `${WORDS[verdict]}. `), `${says} `, found);
  const source = make("p", by, { class: "source" });
  for (const { text: title, url } of sources) {
    source.append(". ", /^https?:/.test(url) ? make("a", title, { href: url, rel: "noreferrer" }) : title);
  }
  if (row) source.append(". ", make("a", "The row", { href: row }));
  text.append(head, source);
  entry.append(make("span", MARKS[verdict], { class: "sign", "aria-hidden": "true" }), text);
  return entry;
}

function showMore({ said, numbers }) {
  const parts = [
    ["The first hours and days", [...said.soon, ...(said.soon.length ? [said.fast] : []), said.relief_days]],
    ["In and after a session", [said.session.join(" ")]],
    ["What outlasts the drug", [said.slow]],
    ["Who was simulated", [said.people]],
    ["What the ranges hold", said.interval],
  ];
  fill(at("more"), JSON.stringify(parts), () =>
    parts.flatMap(([title, texts]) => {
      const kept = texts.filter(Boolean);
      return kept.length ? [make("h3", title), ...kept.map((text) => make("p", unbroken(text)))] : [];
    }),
  );
  fill(at("numbers"), JSON.stringify(numbers), () => numbers.map((one) => table(one)));
}
