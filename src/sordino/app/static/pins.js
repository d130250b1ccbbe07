// Courses side by side, on the same scales.

import { ask, Lost, Refused } from "/static/net.js";
import { forget, show } from "/static/charts.js";
import { at, make, say, unbroken } from "/static/dom.js";
import { showFacts } from "/static/answer.js";

export const MOST = 3;

export class Pins {
  // `question(state, width)`: what to ask for a state; `open(state)`: work on it.
  constructor(question, open, changed) {
    this.question = question;
    this.open = open;
    this.changed = changed;
    this.all = [];
  }

  get states() {
    return this.all.map((pin) => pin.state);
  }

  async add(state) {
    if (this.all.length >= MOST) return;
    const card = at("pin-template").content.firstElementChild.cloneNode(true);
    const pin = { state: structuredClone(state), card, shown: null };
    card.querySelector(".pin-open").addEventListener("click", () => this.open(structuredClone(pin.state)));
    card.querySelector(".pin-remove").addEventListener("click", () => this.remove(pin));
    say(card.querySelector(".pin-title"), state.title);
    say(card.querySelector(".pin-headline"), "Working it out…");
    this.all.push(pin);
    at("pin-columns").append(card);
    this.#update();
    await this.#fetch(pin);
  }

  // Those that a lost connection left without an answer are asked for once more.
  again() {
    for (const pin of this.all.filter((one) => one.lost)) this.#fetch(pin);
  }

  remove(pin) {
    for (const chart of pin.card.querySelectorAll(".chart")) forget(chart);
    pin.card.remove();
    this.all = this.all.filter((other) => other !== pin);
    this.#update();
    this.#draw();
  }

  #update() {
    at("pins").hidden = !this.all.length;
    at("pin").disabled = this.all.length >= MOST;
    this.changed();
  }

  async #fetch(pin) {
    pin.lost = false;
    const width = Math.min(380, at("pin-columns").clientWidth - 90);
    try {
      const asked = this.question(pin.state, width);
      await this.#show(pin, await ask("POST", "/api/plan", asked));
      const { id } = await ask("POST", "/api/jobs", asked);
      for (;;) {
        const { state } = await ask("GET", `/api/jobs/${id}`);
        if (state === "done") break;
        if (state === "failed" || state === "stopped" || !this.all.includes(pin)) return;
        await new Promise((resolve) => setTimeout(resolve, 300));
      }
      await this.#show(pin, await ask("GET", `/api/jobs/${id}/plan`));
    } catch (error) {
      if (!(error instanceof Refused || error instanceof Lost)) throw error;
      pin.lost = error instanceof Lost;
      const after = pin.lost ? "; it is tried again when the connection is back." : "";
      say(pin.card.querySelector(".pin-headline"), `This could not be worked out: ${error.message}${after}`);
    }
  }

  async #show(pin, shown) {
    pin.shown = shown;
    const words = shown.course.filter((line) => line.startsWith("  ")).map((line) => line.trim());
    say(pin.card.querySelector(".pin-words"), words.slice(0, 4).join("; "));
    say(pin.card.querySelector(".pin-headline"), unbroken(shown.headline));
    showFacts(pin.card.querySelector(".facts"), shown.facts);
    await this.#draw();
  }

  async #draw() {
    const ready = this.all.filter((pin) => pin.shown);
    for (const pin of ready) {
      const holder = pin.card.querySelector(".pin-figures");
      for (const [k, figure] of pin.shown.figures.entries()) {
        if (holder.children.length <= k) {
          const box = make("div", "", { class: "chart", role: "img" });
          const card = make("div", "", { class: "card" });
          card.append(box);
          holder.append(card);
        }
        const box = holder.children[k].firstChild;
        box.setAttribute("aria-label", `${pin.state.title}. ${figure.title}. ${figure.in_words}`);
        await show(box, figure.chart, this.#ends(ready, k, figure.chart));
      }
    }
  }

  // The largest end of each axis over all courses; time only where it is counted alike.
  #ends(ready, k, own) {
    const charts = ready.map((pin) => pin.shown.figures[k].chart);
    const same = charts.every((chart) => chart.drawing === own.drawing);
    return Object.fromEntries(
      Object.entries(own.ends).map(([name, end]) => [
        name,
        same || name !== "end_time" ? Math.max(end, ...charts.map((c) => c.ends[name] ?? 0)) : end,
      ]),
    );
  }
}
