// The screen page: the form as a patient document, and what the rules say of it.

import { at, make, say } from "/static/dom.js";
import { parse, unread } from "/static/fields.js";
import { ask, Lost, Refused } from "/static/net.js";
import { lost, piece, place, problem, words } from "/static/run.js";

const PAUSE_MS = 200;

class Page {
  constructor() {
    this.timer = 0;
    this.turn = 0;
    this.settledTurn = 0;
    const form = at("form");
    form.addEventListener("input", () => this.#changed());
    form.addEventListener("change", (e) => e.target.id !== "open" && this.#changed());
    form.addEventListener("submit", (e) => e.preventDefault());
    for (const list of document.querySelectorAll(".rows")) {
      list.querySelector(".add").addEventListener("click", () => this.#add(list).querySelector("input").focus());
    }
    at("no-to-rest").addEventListener("click", () => this.#noToRest());
    at("clear").addEventListener("click", () => this.#fill({}));
    at("save").addEventListener("click", () => this.#save());
    at("open").addEventListener("change", () => this.#open());
    document.addEventListener("click", (e) => this.#lead(e));
    document.body.dataset.answer = "exact";
  }

  settled() {
    return this.turn === this.settledTurn && !this.timer;
  }

  // The patient document; nothing for a number that is none.
  person() {
    const person = {};
    let sound = true;
    for (const element of document.querySelectorAll("#form .question[data-path]")) {
      if (element.closest(".entry")) continue;
      const value = read(element);
      if (value === undefined) sound = false;
      else if (value !== null) put(person, element.dataset.path, value);
    }
    for (const list of document.querySelectorAll(".rows")) {
      const entries = [...list.querySelectorAll(".entry")].map((entry) => {
        const row = {};
        for (const element of entry.querySelectorAll(".question[data-path]")) {
          const value = read(element);
          if (value === undefined) sound = false;
          else if (value !== null) row[element.dataset.path] = value;
        }
        return row;
      });
      if (list.querySelector("[data-known]").value) person[list.dataset.path] = entries;
    }
    return sound ? person : null;
  }

  #changed() {
    this.turn += 1;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.timer = 0;
      this.#ask(this.turn);
    }, PAUSE_MS);
  }

  async #ask(turn) {
    for (const element of document.querySelectorAll("#form .error")) say(element, "");
    for (const element of document.querySelectorAll("#form [aria-invalid]")) element.removeAttribute("aria-invalid");
    const person = this.person();
    at("problem").hidden = true;
    if (person === null) return this.#ended(turn, "refused");
    try {
      const made = await piece("POST", "/screen", { person });
      at("lost").hidden = true;
      if (turn !== this.turn) return;
      place(made);
      const counted = [...at("piece").querySelectorAll(".counts tbody tr")];
      const open = counted.reduce((sum, row) => sum + Number(row.lastElementChild.textContent), 0);
      say(at("spoken"), `${open} rules are not known.`);
      this.#ended(turn, "exact");
    } catch (error) {
      if (turn !== this.turn) return;
      if (error instanceof Lost) {
        lost();
        setTimeout(() => turn === this.turn && this.#ask(turn), 1000);
      } else if (error instanceof Refused) {
        this.#refused(error);
        this.#ended(turn, "refused");
      } else throw error;
    }
  }

  #ended(turn, answer) {
    this.settledTurn = turn;
    document.body.dataset.answer = answer;
    document.body.classList.toggle("older", answer === "refused");
    at("older").hidden = answer !== "refused";
    if (answer === "refused") at("older").replaceChildren("What the rules say here is older. ", ...wrongLinks());
  }

  // Each finding beside its question; the others on top.
  #refused(error) {
    const left = error.findings.filter((finding) => {
      const element = questionAt(finding.where);
      if (!element) return true;
      wrong(element, words({ ...finding, where: "" }));
      return false;
    });
    if (left.length || !error.findings.length) {
      error.findings = left;
      problem(error, "This person cannot be screened.");
    }
  }

  #noToRest() {
    for (const element of at("group-conditions").querySelectorAll("[data-kind='yes or no']")) {
      if (read(element) === null) element.querySelector("[value=no]").checked = true;
    }
    this.#changed();
  }

  #add(list) {
    const entries = list.querySelector(".entries");
    const number = entries.children.length + 1;
    const made = list.querySelector("template").content.firstElementChild.cloneNode(true);
    this.made = (this.made ?? 0) + 1;
    for (const element of [made, ...made.querySelectorAll("*")]) {
      for (const name of ["id", "for", "name", "aria-describedby"]) {
        const value = element.getAttribute(name);
        if (value) element.setAttribute(name, value.replaceAll("-N-", `-${this.made}-`));
      }
    }
    say(made.querySelector(".n"), String(number));
    made.querySelector(".remove").addEventListener("click", () => {
      made.remove();
      for (const [k, entry] of [...entries.children].entries()) say(entry.querySelector(".n"), String(k + 1));
      list.querySelector(".add").focus();
      this.#changed();
    });
    entries.append(made);
    list.querySelector("[data-known]").value = "listed";
    return made;
  }

  #fill(person) {
    at("form").reset();
    for (const list of document.querySelectorAll(".rows")) list.querySelector(".entries").replaceChildren();
    for (const element of document.querySelectorAll("#form .question[data-path]")) {
      if (!element.closest(".entry")) write(element, take(person, element.dataset.path));
    }
    for (const list of document.querySelectorAll(".rows")) {
      const rows = person[list.dataset.path];
      for (const row of rows ?? []) {
        const entry = this.#add(list);
        for (const element of entry.querySelectorAll(".question[data-path]")) write(element, row[element.dataset.path] ?? null);
      }
      list.querySelector("[data-known]").value = rows ? "listed" : "";
    }
    this.#changed();
  }

  async #save() {
    const person = this.person();
    if (person === null) {
      at("open-error").replaceChildren("Nothing was saved. ", ...wrongLinks());
      return;
    }
    await this.#try(async () => {
      const text = await ask("POST", "/api/patient/file", { person });
      const link = make("a", "", { download: "patient.toml" });
      link.href = URL.createObjectURL(new Blob([text], { type: "application/toml" }));
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
    });
  }

  async #open() {
    const [file] = at("open").files;
    if (!file) return;
    if (file.size > 200_000) return say(at("open-error"), "This file is larger than a patient file can be.");
    const text = await file.text();
    await this.#try(async () => this.#fill(await ask("POST", "/api/patient/read", { name: file.name, text })));
    at("open").value = "";
  }

  async #try(act) {
    say(at("open-error"), "");
    try {
      await act();
    } catch (error) {
      if (!(error instanceof Refused || error instanceof Lost)) throw error;
      say(at("open-error"), error.findings?.map(words).join(" ") || error.message);
    }
  }

  // From what is missing to its question, also in a part of the form that is closed.
  #lead(event) {
    const link = event.target.closest(".missing a, #older a, #open-error a");
    if (!link) return;
    event.preventDefault();
    const element = at(link.getAttribute("href").slice(1));
    element.closest("details").open = true;
    element.scrollIntoView({ block: "center" });
    element.querySelector("input, select").focus({ preventScroll: true });
  }
}

function read(element) {
  const { kind } = element.dataset;
  const control = element.querySelector("input, select");
  if (kind === "yes or no") {
    const { value } = element.querySelector("input:checked") ?? { value: "" };
    return value === "" ? null : value === "yes";
  }
  if (kind === "areas") {
    const areas = [...element.querySelectorAll("input:not([data-stated]):checked")].map((box) => box.value);
    return areas.length || element.querySelector("[data-stated]").checked ? areas : null;
  }
  const text = control.value.trim();
  if (text === "") return null;
  if (kind === "times") return text.split(",").map((part) => part.trim());
  if (kind === "number") {
    const value = parse(text);
    if (value === undefined || ("whole" in element.dataset && !Number.isInteger(value))) return wrong(element, value === undefined ? unread(text) : "A whole number is needed.");
    return value;
  }
  // A decimal comma before a unit; what can be read in two ways is left for the server to refuse.
  const [, amount, unit] = (kind === "text" && /^([\d.,]+)(\s*[a-z]+)$/i.exec(text)) || [];
  return typeof parse(amount ?? "") === "number" ? `${amount.replace(",", ".")}${unit}` : text;
}

function write(element, value) {
  const { kind } = element.dataset;
  const control = element.querySelector("input, select");
  if (kind === "yes or no") {
    const wanted = value === null ? "" : value ? "yes" : "no";
    element.querySelector(`[value="${wanted}"]`).checked = true;
  } else if (kind === "areas") {
    for (const box of element.querySelectorAll("input:not([data-stated])")) box.checked = (value ?? []).includes(box.value);
    element.querySelector("[data-stated]").checked = value !== null;
  } else control.value = value === null ? "" : Array.isArray(value) ? value.join(", ") : String(value);
}

// "First look at", and links to the questions whose answers cannot be used.
function wrongLinks() {
  const links = [...document.querySelectorAll("#form .question:has([aria-invalid])")].map((element) => make("a", nameOf(element), { href: `#${element.id}` }));
  return links.length ? ["First look at: ", ...links.flatMap((link, k) => (k ? [", ", link] : [link])), "."] : [];
}

function nameOf(element) {
  return element.querySelector("label, legend").textContent;
}

function wrong(element, text) {
  say(element.querySelector(".error"), text);
  element.querySelector("input, select").setAttribute("aria-invalid", "true");
  element.closest("details").open = true;
}

// The question that a finding is about: "conditions.pregnancy", "drug[1].name".
function questionAt(where) {
  const plain = where.replace(/^patient\.?/, "");
  const row = /^(drug|tried)\[(\d+)\]\.?(\w*)/.exec(plain);
  if (row) {
    const entry = document.querySelector(`.rows[data-path="${row[1]}"]`).querySelectorAll(".entry")[Number(row[2]) - 1];
    return entry?.querySelector(`[data-path="${row[3] || "name"}"]`);
  }
  const name = plain.replace(/\[.*$/, "");
  return name ? document.querySelector(`#form .question[data-path="${CSS.escape(name)}"]`) : null;
}

function put(table, path, value) {
  const [first, second] = path.split(".");
  if (second === undefined) table[first] = value;
  else (table[first] ??= {})[second] = value;
}

function take(table, path) {
  return path.split(".").reduce((inner, name) => inner?.[name], table) ?? null;
}

window.page = new Page();
