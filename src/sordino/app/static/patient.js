// One person: choose the plan and other ways on, and look ahead.

import { remembered } from "/static/carry.js";
import { at, say } from "/static/dom.js";
import { ask, Lost, offer } from "/static/net.js";
import { lost, piece, place, Run } from "/static/run.js";
import { fromEdited, fromFragment, toCourse } from "/static/state.js";

const MOST = 4;

class Page {
  constructor(form) {
    this.form = form;
    this.kept = fromFragment(remembered());
    this.run = new Run("Learning from the diary; this can take a minute.", { done: (id) => this.#done(id) });
    if (!this.kept) at("plan").querySelector("[value=own]").remove();
    at("plan").addEventListener("change", () => this.#says());
    at("form").addEventListener("submit", (e) => {
      e.preventDefault();
      this.#look();
    });
    this.#says();
    at("look").disabled = false;
  }

  settled() {
    return this.run.settled;
  }

  #state(id) {
    if (id === "own") return this.kept.state;
    // The person is the one of the Plan page, if there is one: a record holds no weight and no age.
    return fromEdited(this.form.protocols.find((p) => p.id === id).course, this.kept?.state ?? null);
  }

  #says() {
    const { person, title } = this.#state(at("plan").value);
    const known = [person.age && `${person.age} years`, person.sex, person.weight && `${person.weight} kg`].filter(Boolean).join(", ");
    say(at("plan-hint"), `${title}. Person: ${known || "nothing given"}; change it on the Plan page.`);
  }

  #look() {
    const chosen = [...document.querySelectorAll("[name=other]:checked")].map((box) => box.value);
    const wrong = chosen.length > MOST ? `${chosen.length} are chosen; four at most.` : "";
    say(at("others-error"), wrong);
    if (wrong) return;
    const others = chosen.map((id) => ({ name: id, course: toCourse(this.#state(id)) }));
    at("files").hidden = true;
    delete document.body.dataset.answer;
    this.run.start(`/api/follow/${at("form").dataset.patient}/forecast`, { course: toCourse(this.#state(at("plan").value)), others });
  }

  async #done(id) {
    place(await piece("GET", `/jobs/${id}/forecast`));
    offer(id, () => this.#look());
    at("files").hidden = false;
    say(at("spoken"), "Four weeks ahead are worked out.");
    document.body.dataset.answer = "exact";
    at("piece").scrollIntoView({ block: "start" });
  }
}

async function begin() {
  for (;;) {
    try {
      window.page = new Page(await ask("GET", "/api/form"));
      at("lost").hidden = true;
      return;
    } catch (error) {
      if (!(error instanceof Lost)) throw error;
      lost();
      await new Promise((resolve) => setTimeout(resolve, 1000));
    }
  }
}

begin();
