// The days of a course as a grid: add, choose, move, copy and remove sessions.

import { at, make, say } from "/static/dom.js";
import { number, sorted } from "/static/state.js";

const DAYS = 7;
const MOST_DAY = 364;

export class Calendar {
  // `edit(change, kind)`: `change` gets the sessions and gives new ones, with the chosen one.
  constructor(edit, choose) {
    this.root = at("calendar");
    this.edit = edit;
    this.choose = choose;
    this.weeks = 4;
    this.focus = 0;
    this.dragged = null;
    this.cells = [];
    this.root.addEventListener("click", (e) => this.#clicked(e));
    this.root.addEventListener("keydown", (e) => this.#key(e));
    this.root.addEventListener("pointerdown", (e) => this.#grab(e));
    this.root.addEventListener("pointerup", (e) => this.#drop(e));
    at("more-weeks").addEventListener("click", () => this.#weeks(1));
    at("fewer-weeks").addEventListener("click", () => this.#weeks(-1));
  }

  show(sessions, chosen) {
    this.sessions = sessions;
    this.chosen = chosen;
    const last = Math.max(...sessions.map((s) => s.day));
    this.least = Math.floor(last / DAYS) + 1;
    this.weeks = Math.min(Math.max(this.weeks, this.least, 2), 52);
    this.#build();
    const order = sorted(sessions);
    for (const [day, cell] of this.cells.entries()) this.#fill(cell, day, order);
    at("fewer-weeks").disabled = this.weeks <= Math.max(this.least, 2);
  }

  #build() {
    if (this.cells.length === this.weeks * DAYS) return;
    const rows = [];
    this.cells = [];
    for (let week = 0; week < this.weeks; week += 1) {
      const row = make("div", "", { role: "row" });
      row.append(make("span", `Week ${week + 1}`, { class: "week", role: "rowheader" }));
      for (let k = 0; k < DAYS; k += 1) {
        const cell = make("button", "", { type: "button", role: "gridcell", tabindex: "-1", "data-day": this.cells.length });
        cell.append(make("span", "", { class: "day" }), make("span", "", { class: "session" }));
        this.cells.push(cell);
        row.append(cell);
      }
      rows.push(row);
    }
    this.root.replaceChildren(...rows);
    this.#point(Math.min(this.focus, this.cells.length - 1), false);
  }

  #fill(cell, day, order) {
    const own = order.filter((s) => Math.floor(s.day) === day);
    const numbers = own.map((s) => order.indexOf(s) + 1);
    const chosen = own.includes(this.chosen);
    say(cell.firstChild, String(day));
    say(cell.lastChild, own.length > 1 ? `${numbers[0]}–${numbers.at(-1)}` : numbers.join());
    cell.classList.toggle("full", own.length > 0);
    cell.setAttribute("aria-selected", String(chosen));
    const words = own.length ? `session ${numbers.join(" and ")}${chosen ? ", chosen" : ""}` : "no session";
    cell.setAttribute("aria-label", `Day ${day}, ${words}`);
  }

  #weeks(change) {
    this.weeks = Math.min(Math.max(this.weeks + change, this.least, 2), 52);
    this.show(this.sessions, this.chosen);
  }

  #clicked(event) {
    const cell = event.target.closest("button[data-day]");
    if (!cell || this.dropped) {
      this.dropped = false;
      return;
    }
    const day = Number(cell.dataset.day);
    this.#point(day, false);
    const own = this.#on(day);
    if (!own.length) this.add(day);
    else this.choose(own[(own.indexOf(this.chosen) + 1) % own.length]);
  }

  #on(day) {
    return sorted(this.sessions).filter((s) => Math.floor(s.day) === day);
  }

  add(day) {
    // A new session gives what the one before it gives.
    const order = sorted(this.sessions);
    const before = order.filter((s) => s.day <= day).at(-1) ?? order[0];
    const made = { day, gives: structuredClone(before.gives) };
    this.edit((sessions) => [[...sessions, made], made]);
  }

  move(session, day, kind = "") {
    if (!(day >= 0 && day <= MOST_DAY)) return;
    const moved = { ...session, day: number(day) };
    this.edit((sessions) => [sessions.map((s) => (s === session ? moved : s)), moved], kind);
  }

  copy(session, day = null) {
    const taken = new Set(this.sessions.map((s) => Math.floor(s.day)));
    let free = day ?? Math.floor(session.day) + 1;
    while (day === null && taken.has(free)) free += 1;
    if (free > MOST_DAY) return;
    const made = { day: free, gives: structuredClone(session.gives) };
    this.edit((sessions) => [[...sessions, made], made]);
    this.#point(Math.min(free, this.cells.length - 1), false);
  }

  remove(session) {
    if (this.sessions.length < 2) {
      say(at("sessions-error"), "A course needs one session at least.");
      return;
    }
    this.edit((sessions) => [sessions.filter((s) => s !== session), null]);
  }

  #key(event) {
    const steps = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -DAYS, ArrowDown: DAYS };
    const day = Number(event.target.dataset.day);
    const own = this.#on(day);
    const session = own.includes(this.chosen) ? this.chosen : own[0];
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key in steps) {
      const to = day + steps[event.key];
      if (event.shiftKey && session) this.move(session, session.day + steps[event.key]);
      if (to >= 0 && to < this.cells.length) this.#point(to, true);
    } else if (event.key === "Home") this.#point(0, true);
    else if (event.key === "End") this.#point(this.cells.length - 1, true);
    else if ((event.key === "Delete" || event.key === "Backspace") && session) this.remove(session);
    else if (event.key.toLowerCase() === "c" && session) this.copy(session);
    else if (event.key === "Escape") this.choose(null);
    else return;
    event.preventDefault();
  }

  #point(day, move) {
    for (const cell of this.cells) cell.tabIndex = -1;
    this.focus = day;
    this.cells[day].tabIndex = 0;
    if (move) this.cells[day].focus();
  }

  #grab(event) {
    const cell = event.target.closest("button[data-day]");
    const own = cell ? this.#on(Number(cell.dataset.day)) : [];
    this.dragged = own[0] ?? null;
    if (cell?.hasPointerCapture?.(event.pointerId)) cell.releasePointerCapture(event.pointerId);
  }

  #drop(event) {
    const session = this.dragged;
    this.dragged = null;
    const cell = document.elementFromPoint(event.clientX, event.clientY)?.closest("button[data-day]");
    if (!session || !cell) return;
    const day = Number(cell.dataset.day);
    if (day === Math.floor(session.day)) return;
    this.dropped = event.target.closest("button[data-day]") === cell;
    if (event.ctrlKey) this.copy(session, day);
    else this.move(session, day + (session.day % 1));
  }
}
