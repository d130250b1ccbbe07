// The compare page: which courses and treatments, and what came of it.

import { DAMAGED, linked, remember, remembered } from "/static/carry.js";
import { at, make, say } from "/static/dom.js";
import { parse } from "/static/fields.js";
import { ask, Lost, offer } from "/static/net.js";
import { lost, piece, place, Run } from "/static/run.js";
import { EMPTY_RUN, fromEdited, fromFragment, toCourse, toFragment } from "/static/state.js";

const FIRST = ["placebo", "duloxetine"];
const MOST = 8;
const MOST_COURSES = 4;
const PAUSE_MS = 500;
const LIMITS = { patients: [1, 2000], draws: [1, 100], seed: [0, 2147483647] };

class Page {
  constructor(form) {
    this.form = form;
    this.kept = fromFragment(remembered());
    this.beside = new Set(this.kept?.beside ?? FIRST);
    this.timer = 0;
    this.run = new Run("Simulating the courses.", {
      done: (id) => this.#done(id),
      refused: () => document.body.setAttribute("data-answer", "refused"),
    });
    this.#courses();
    for (const box of document.querySelectorAll("[name=comparator]")) box.checked = this.beside.has(box.value);
    at("form").addEventListener("change", () => this.#changed());
    for (const name of Object.keys(LIMITS)) at(name).addEventListener("input", () => this.#changed());
    at("form").addEventListener("submit", (e) => e.preventDefault());
    window.addEventListener("hashchange", () => location.reload());
    this.#changed();
  }

  settled() {
    return this.run.settled && !this.timer;
  }

  // The course of the plan page, and what is pinned there; without one, the first published course.
  #courses() {
    const start = this.form.protocols.find((p) => p.id === "six_infusions") ?? this.form.protocols[0];
    const first = this.kept?.state ?? { ...fromEdited(start.course), template: start.id };
    this.states = [first, ...(this.kept?.pins ?? [])];
    at("courses").append(
      ...this.states.map((state, k) => {
        const entry = make("li");
        const label = make("label");
        const box = make("input", "", { type: "checkbox", name: "course", value: String(k) });
        box.checked = true;
        label.append(box, ` ${state.title}`, k ? make("span", " pinned", { class: "hint" }) : "");
        entry.append(label);
        return entry;
      }),
    );
    const { age, sex, weight, pain } = first.person;
    const person = [age && `${age} years`, sex, weight && `${weight} kg`, (pain ?? null) !== null && `pain ${pain} of 10`].filter(Boolean).join(", ");
    say(at("person-words"), `All are calculated for the person of the Plan page: ${person || "nothing given"}.`);
    // As many people as the plan has, so that both pages show the same numbers.
    for (const [name, [low, high]] of Object.entries(LIMITS)) {
      at(name).value = Math.min(high, Math.max(low, first.run[name] ?? EMPTY_RUN[name]));
    }
    if (linked() && !this.kept) {
      say(at("damaged"), `${DAMAGED} What is compared here is a course to start from.`);
      at("damaged").hidden = false;
    }
  }

  #changed() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.timer = 0;
      this.#ask();
    }, PAUSE_MS);
  }

  #question() {
    const ticked = (name) => [...document.querySelectorAll(`[name=${name}]:checked`)].map((box) => box.value);
    const published = ticked("protocol").map((id) => {
      const { course } = this.form.protocols.find((p) => p.id === id);
      return fromEdited(course, this.states[0]);
    });
    const chosen = ticked("course").map((k) => ({ ...this.states[Number(k)], person: this.states[0].person }));
    const numbers = {};
    for (const [name, [low, high]] of Object.entries(LIMITS)) {
      const value = parse(at(name).value);
      const wrong = !Number.isInteger(value) || value < low || value > high;
      say(at(`${name}-error`), wrong ? `A whole number, ${low} to ${high}.` : "");
      if (wrong) return null;
      numbers[name] = value;
    }
    const courses = [...chosen, ...published];
    const comparators = ticked("comparator");
    this.beside = new Set(comparators);
    const count = courses.length + comparators.length;
    const said = !count ? "Choose at least one." : count > MOST ? `${count} are chosen; eight at most.` : courses.length > MOST_COURSES ? `${courses.length} courses are chosen; four at most.` : "";
    say(at("arms-error"), said);
    return said ? null : { courses: courses.map(toCourse), comparators, ...numbers };
  }

  #ask() {
    const question = this.#question();
    if (!question) return;
    this.#keep();
    document.body.dataset.answer = "waiting";
    at("files").hidden = true;
    document.body.classList.add("older");
    this.run.start("/api/compare", question);
  }

  #keep() {
    const fragment = toFragment(this.states[0], this.states.slice(1), [...this.beside]);
    history.replaceState(null, "", `#${fragment}`);
    remember(fragment);
  }

  async #done(id) {
    place(await piece("GET", `/jobs/${id}/comparison`));
    document.body.classList.remove("older");
    offer(id, () => this.#ask());
    at("files").hidden = false;
    say(at("spoken"), [...document.querySelectorAll("#piece .arms li")].map((e) => e.textContent).join(" "));
    document.body.dataset.answer = "exact";
  }
}

async function begin() {
  for (;;) {
    try {
      const form = await ask("GET", "/api/form");
      at("lost").hidden = true;
      window.page = new Page(form);
      return;
    } catch (error) {
      if (!(error instanceof Lost)) throw error;
      lost();
      await new Promise((resolve) => setTimeout(resolve, 1000));
    }
  }
}

begin();
