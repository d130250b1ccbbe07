// Files and copies: the course file, the link, results, and the run as Python.

import { at, say } from "/static/dom.js";
import { ask, Lost, offer, Refused } from "/static/net.js";
import { fromEdited, toCourse, toFragment } from "/static/state.js";

export class Files {
  constructor(page) {
    this.page = page;
    at("save").addEventListener("click", () => this.#save());
    at("open").addEventListener("change", () => this.#open());
    at("copy-link").addEventListener("click", () => this.#link());
    at("python").addEventListener("click", () => this.#python());
  }

  // The results of a run that is done can be fetched; older ones cannot.
  ready(job) {
    say(at("file-error"), "");
    offer(job, (error) => {
      this.page.again();
      say(at("file-error"), error instanceof Lost ? "The connection is lost." : "This run is not kept any more. It is worked out again; then the file can be fetched.");
    });
  }

  stale() {
    for (const link of document.querySelectorAll("[data-file]")) {
      link.removeAttribute("href");
      link.setAttribute("aria-disabled", "true");
    }
  }

  async #save() {
    if (this.page.stuck()) return;
    const text = await this.#try(() => ask("POST", "/api/course/file", { course: toCourse(this.page.state) }));
    if (text === null) return;
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type: "application/toml" }));
    link.download = "course.toml";
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  }

  async #open() {
    const [file] = at("open").files;
    if (!file) return;
    say(at("open-error"), "");
    if (file.size > 200_000) {
      say(at("open-error"), "This file is larger than a course file can be.");
      return;
    }
    const asked = { name: file.name, text: await file.text() };
    const found = await this.#try(() => ask("POST", "/api/course/read", asked));
    at("open").value = "";
    if (found) this.page.replace({ ...fromEdited(found), run: this.page.state.run, limits: this.page.state.limits });
  }

  async #link() {
    if (this.page.stuck()) return;
    const address = `${location.origin}/#${toFragment(this.page.state, this.page.pins.states, this.page.beside)}`;
    await this.#copy(address, at("copy-link"));
  }

  async #python() {
    if (this.page.stuck()) return;
    const text = await this.#try(() => ask("POST", "/api/course/python", this.page.question()));
    if (text === null) return;
    say(at("python-text"), text);
    at("python-text").hidden = false;
    await this.#copy(text, at("python"));
  }

  async #copy(text, button) {
    const words = button.textContent;
    try {
      await navigator.clipboard.writeText(text);
      say(button, "Copied");
    } catch {
      say(button, "Copying is not allowed here");
    }
    setTimeout(() => say(button, words), 1500);
  }

  async #try(act) {
    try {
      return await act();
    } catch (error) {
      if (!(error instanceof Refused || error instanceof Lost)) throw error;
      const found = error.findings?.map((f) => [f.where, f.what, f.hint].filter(Boolean).join(": ")) ?? [];
      say(at("open-error"), found.join(". ") || error.message);
      return null;
    }
  }
}
