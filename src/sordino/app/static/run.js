// Work in the background: begin it, say how far it is, take what it found, begin again when lost.

import { at, say } from "/static/dom.js";
import { ask, Lost, Refused } from "/static/net.js";

const AGAIN_MS = 1000;

export class Run {
  // `on`: done(id), refused(error); both may be async. `words`: what is said while it works.
  constructor(words, on) {
    this.words = words;
    this.on = on;
    this.tab = crypto.randomUUID();
    this.turn = 0;
    this.id = null;
    this.source = null;
    this.settled = true;
    at("stop").addEventListener("click", () => this.stop("Stopped."));
  }

  async start(path, body) {
    this.stop();
    const turn = (this.turn += 1);
    const again = () => turn === this.turn && this.start(path, body);
    this.settled = false;
    at("problem").hidden = true;
    this.#state(this.words, 0, true);
    try {
      const { id } = await ask("POST", path, { ...body, tab: this.tab });
      if (turn !== this.turn) {
        ask("DELETE", `/api/jobs/${id}`).catch(() => {});
        return;
      }
      this.#found();
      this.id = id;
      this.#watch(id, turn, again);
    } catch (error) {
      if (turn === this.turn) this.#failed(error, again);
    }
  }

  stop(words = "") {
    this.turn += 1;
    this.source?.close();
    this.source = null;
    if (this.id) ask("DELETE", `/api/jobs/${this.id}`).catch(() => {});
    this.id = null;
    this.settled = true;
    this.#state(words, 0, false);
  }

  #watch(id, turn, again) {
    this.source = new EventSource(`/api/jobs/${id}/events`);
    const on = (name, act) =>
      this.source.addEventListener(name, (e) => turn === this.turn && act(JSON.parse(e.data)));
    on("waiting", () => this.#state("Waiting for another run to end.", 0, true));
    on("running", ({ done, total }) => this.#state(this.words, total ? done / total : 0, true));
    on("done", async () => {
      this.source.close();
      this.id = null;
      try {
        await this.on.done(id);
        if (turn !== this.turn) return;
        this.#state("", 0, false);
        this.settled = true;
      } catch (error) {
        this.#failed(error, again);
      }
    });
    on("failed", ({ problem }) => {
      this.source.close();
      this.id = null;
      this.#failed(new Refused(problem), again);
    });
    on("stopped", () => {
      // An older question that arrived late has ended this run.
      this.source.close();
      this.id = null;
      again();
    });
    this.source.onerror = () => {
      this.source.close();
      if (turn === this.turn) this.#failed(new Lost("lost"), again);
    };
  }

  #failed(error, again) {
    if (error instanceof Lost) {
      this.#state("", 0, false);
      lost();
      setTimeout(again, AGAIN_MS);
      return;
    }
    if (!(error instanceof Refused)) throw error;
    this.id = null;
    this.settled = true;
    this.#found();
    this.#state("", 0, false);
    problem(error);
    this.on.refused?.(error);
  }

  #found() {
    at("lost").hidden = true;
  }

  #state(words, part, working) {
    say(at("state-words"), words);
    at("progress").hidden = !(part > 0);
    at("progress").value = part;
    at("stop").hidden = !working;
    document.querySelector(".shown, main").setAttribute("aria-busy", String(working));
  }
}

export function lost() {
  say(at("lost"), "The connection to sordino is lost. What you chose is kept here; trying again every second. If the program was closed, start it again with the same address.");
  at("lost").hidden = false;
}

export function problem(error, start = "This cannot be calculated.") {
  say(at("problem"), [start, ...error.findings.map(words)].join(" ") + (error.findings.length ? "" : ` ${error.message}.`));
  at("problem").hidden = false;
}

export function words({ where, what, allowed, hint }) {
  const text = [where && `${where}: ${what}`, !where && what, allowed && `allowed: ${allowed}`, hint].filter(Boolean).join("; ");
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

// The part of another page that is called "piece": the server has escaped its texts.
export async function piece(method, path, body) {
  const page = new DOMParser().parseFromString(await ask(method, path, body), "text/html");
  return document.importNode(page.getElementById("piece"), true);
}

// Puts a new piece in the place of the old one; what was open stays open.
export function place(made) {
  const old = at("piece");
  const open = new Set([...old.querySelectorAll("details[open] > summary")].map((s) => s.textContent));
  for (const summary of made.querySelectorAll("summary")) {
    if (open.has(summary.textContent)) summary.parentElement.open = true;
  }
  made.className = old.className;
  for (const [name, value] of Object.entries(old.dataset)) made.dataset[name] = value;
  old.replaceWith(made);
}
