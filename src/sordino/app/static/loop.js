// From a change to an answer: one question at a time, the latest wins, the exact answer after it.

import { ask, Lost, Refused } from "/static/net.js";

const IDLE_MS = 350; // without a change for so long, the exact answer is asked for
const AGAIN_MS = 1000;
const SOME = 250; // people of a quick answer with ranges, before the one from all of them

export class Loop {
  // `on` has first, exact, progress, refused, lost, found: what to do with what comes.
  constructor(tab, on) {
    this.tab = tab;
    this.on = on;
    this.turn = 0;
    this.latest = null;
    this.answered = undefined;
    this.waiting = null;
    this.flying = false;
    this.job = null;
    this.timer = 0;
    this.current = null; // the question that the exact run is about
    this.lost = false;
  }

  // Whether the latest question has its exact answer, or was refused.
  get settled() {
    return this.latest === this.answered;
  }

  change(question) {
    this.waiting = question;
    this.latest = question;
    this.answered = undefined;
    this.stop();
    if (!this.flying) this.#first();
  }

  // Leaves the exact run, which is about an older course; the next question ends it.
  stop() {
    clearTimeout(this.timer);
    this.job?.close();
    this.job = null;
    this.current = null;
  }

  async #first() {
    this.flying = true;
    while (this.waiting) {
      const question = this.waiting;
      this.waiting = null;
      try {
        const shown = await ask("POST", "/api/plan", this.#with(question));
        this.#back();
        await this.on.first(shown, question);
        if (!this.waiting) this.timer = setTimeout(() => this.#exact(question), IDLE_MS);
      } catch (error) {
        if (error instanceof Lost) await this.#wait(question);
        else if (error instanceof Refused && error.status !== 409) {
          this.#back();
          if (!this.waiting) this.#refused(error, question);
        } else if (!(error instanceof Refused)) throw error;
      }
    }
    this.flying = false;
  }

  async #exact(question) {
    const { patients } = question.run;
    const steps = patients > 2 * SOME ? [SOME, patients] : [patients];
    const next = async () => {
      const step = steps.shift();
      if (step === undefined) return;
      const asked = { ...question, run: { ...question.run, patients: step } };
      try {
        const started = await ask("POST", "/api/jobs", this.#with(asked));
        if (this.waiting || this.flying || this.current !== question) {
          ask("DELETE", `/api/jobs/${started.id}`).catch(() => {});
          return;
        }
        const exact = async (shown, id) => {
          await this.on.exact(shown, id, !steps.length);
          if (!steps.length) this.answered = question;
        };
        const on = { ...this.on, exact };
        this.job = new Job(started.id, on, next, () => this.change(question));
      } catch (error) {
        if (error instanceof Lost) this.change(question);
        else if (error instanceof Refused) this.#refused(error, question);
        else throw error;
      }
    };
    this.current = question;
    await next();
  }

  #refused(error, question) {
    this.answered = question;
    this.on.refused(error);
  }

  #with(question) {
    this.turn += 1;
    return { ...question, tab: this.tab, turn: this.turn };
  }

  async #wait(question) {
    this.lost = true;
    this.on.lost();
    await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
    this.waiting ??= question;
  }

  #back() {
    if (this.lost) this.on.found();
    this.lost = false;
  }
}

// One exact run: its progress until it ends, then `next`; `again` when the connection broke.
class Job {
  constructor(id, on, next, again) {
    this.id = id;
    this.open = true;
    this.source = new EventSource(`/api/jobs/${id}/events`);
    this.source.addEventListener("running", (e) => {
      const { done, total } = JSON.parse(e.data);
      if (this.open && total) on.progress(done / total);
    });
    this.source.addEventListener("done", async () => {
      this.source.close();
      try {
        const shown = await ask("GET", `/api/jobs/${id}/plan`);
        if (!this.open) return;
        await on.exact(shown, id);
        this.open = false;
        await next();
      } catch (error) {
        if (this.open) again();
      }
    });
    this.source.addEventListener("failed", (e) => {
      this.source.close();
      if (this.open) on.refused(new Refused(JSON.parse(e.data).problem));
    });
    this.source.addEventListener("stopped", () => {
      // An older question that arrived late has ended this run.
      this.source.close();
      if (this.open) again();
    });
    this.source.onerror = () => {
      this.source.close();
      if (this.open) again();
    };
  }

  close() {
    if (!this.open) return;
    this.open = false;
    this.source.close();
  }
}
