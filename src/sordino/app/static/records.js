// The store of records: make it, take files in, and list what is wrong with them.

import { at, make, say } from "/static/dom.js";
import { ask, Lost, Refused } from "/static/net.js";
import { lost, words } from "/static/run.js";

const MOST = 4_000_000;
const NAME = "sordino-who";

class Page {
  constructor() {
    for (const button of document.querySelectorAll("main button")) button.disabled = false;
    at("make")?.addEventListener("click", () => this.#make());
    at("import")?.addEventListener("submit", (e) => {
      e.preventDefault();
      this.#take();
    });
    if (at("who") && !at("who").value) at("who").value = kept();
  }

  async #make() {
    try {
      await ask("POST", "/api/follow/store", {});
      location.reload();
    } catch (error) {
      if (error instanceof Lost) lost();
      else if (error instanceof Refused) say(at("make-error"), error.findings.map(words).join(" ") || error.message);
      else throw error;
    }
  }

  async #take() {
    at("taken").hidden = true;
    at("findings").hidden = true;
    const [file] = at("file").files;
    if (!file) return this.#refuse("Choose a file first.", []);
    if (!at("who").value.trim()) return this.#refuse("Say who takes it in.", []);
    if (file.size > MOST) return this.#refuse("This file is larger than four million characters.", []);
    keep(at("who").value);
    at("import-button").disabled = true;
    try {
      const done = await ask("POST", "/api/follow/import", await this.#asked(file));
      at("lost").hidden = true;
      const people = done.patients === 1 ? "1 person" : `${done.patients} people`;
      const said = `Taken in: ${people}, ${done.added} entries added, ${done.superseded} replaced, ${done.unchanged} known already${done.left_out ? `, ${done.left_out} left out` : ""}.`;
      await this.#list();
      say(at("taken"), said);
      at("taken").hidden = false;
      say(at("spoken"), said);
    } catch (error) {
      if (error instanceof Lost) lost();
      else if (error instanceof Refused) this.#refuse(`Nothing was taken in: ${error.findings.length || 1} ${error.findings.length > 1 ? "things are" : "thing is"} wrong.`, error.findings.length ? error.findings.map(words) : [error.message]);
      else throw error;
    } finally {
      at("import-button").disabled = false;
    }
  }

  async #asked(file) {
    const text = async (id) => (await at(id).files[0]?.text()) ?? "";
    return {
      name: file.name,
      text: await file.text(),
      form: at("kind").value,
      who: at("who").value.trim(),
      patient: at("mark").value.trim(),
      mapping: await text("mapping"),
      dictionary: await text("dictionary"),
      skip_unknown: at("skip").checked,
      supersede: at("supersede").checked,
    };
  }

  #refuse(title, found) {
    say(at("spoken"), "");
    say(at("findings-title"), title);
    at("findings-list").replaceChildren(...found.map((text) => make("li", text)));
    at("findings").hidden = false;
  }

  // The list of people as it is now, from the page itself.
  async #list() {
    const page = new DOMParser().parseFromString(await ask("GET", "/follow"), "text/html");
    at("people").parentElement.replaceWith(document.importNode(page.getElementById("people").parentElement, true));
  }
}

// A browser that keeps nothing works as well.
function kept() {
  try {
    return localStorage.getItem(NAME) ?? "";
  } catch {
    return "";
  }
}

function keep(name) {
  try {
    localStorage.setItem(NAME, name);
  } catch {
    return;
  }
}

window.page = new Page();
