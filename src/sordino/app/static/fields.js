// A number with its slider: both show the same, the box takes more than the slider reaches.

import { at, say } from "/static/dom.js";

const LB_PER_KG = 1 / 0.45359237; // by definition
const IN_PER_CM = 1 / 2.54; // by definition
const US = { weight: ["lb", LB_PER_KG], height: ["in", IN_PER_CM] };

// "0,5" is read like "0.5"; an empty box is null, anything else is undefined.
export function parse(text) {
  const plain = text.trim().replace(",", ".").replace("\u2212", "-");
  if (plain === "") return null;
  return /^[+-]?(\d+\.?\d*|\.\d+)$/.test(plain) ? Number(plain) : undefined;
}

export class NumberField {
  // `form`: ranges by kind; `change`: called with a number or null.
  constructor(name, form, change) {
    this.name = name;
    this.root = at(name).closest(".field");
    this.box = at(name);
    this.slider = at(`${name}-slider`);
    this.optional = "optional" in this.root.dataset;
    this.form = form;
    this.kind = this.root.dataset.kind;
    this.factor = 1;
    this.unit = at(`${name}-unit`).textContent;
    this.change = change;
    this.value = null;
    this.box.addEventListener("input", () => this.#typed());
    this.box.addEventListener("change", () => this.#typed());
    this.slider.addEventListener("input", () => this.#take(Number(this.slider.value) / this.factor));
    this.#limits();
  }

  // Another range, as the dose has for another unit.
  setKind(kind, unit) {
    this.kind = kind;
    this.unit = unit;
    this.#limits();
    this.show(this.value);
  }

  useUS(us) {
    const [unit, factor] = us && US[this.name] ? US[this.name] : [null, 1];
    this.factor = factor;
    this.us = unit;
    this.#limits();
    this.show(this.value);
  }

  show(value) {
    this.value = value;
    const shown = value === null ? "" : text(value * this.factor);
    // What somebody is typing stays as it is while it means the same.
    const typed = document.activeElement === this.box ? parse(this.box.value) : undefined;
    const same = typed !== undefined && (typed === null ? value === null : value !== null && text(typed) === shown);
    if (!same) this.box.value = shown;
    if (document.activeElement !== this.slider && value !== null) this.slider.value = value * this.factor;
    this.problem("");
  }

  problem(words) {
    say(at(`${this.name}-error`), words);
    if (words) this.box.setAttribute("aria-invalid", "true");
    else this.box.removeAttribute("aria-invalid");
  }

  #limits() {
    const range = this.form.fields[this.kind];
    if (!range) return;
    const [low, high, reach] = [range.low, range.high, range.slider].map((v) => v * this.factor);
    this.slider.min = low;
    this.slider.max = reach;
    this.slider.step = this.factor === 1 ? range.step : 1;
    const unit = this.us ?? this.unit;
    say(at(`${this.name}-unit`), unit);
    const most = `${text(Math.floor(high * 10) / 10)}`;
    say(at(`${this.name}-hint`), `${text(Math.ceil(low * 10) / 10)} to ${most}${this.optional ? ", or empty" : ""}`);
  }

  #typed() {
    const read = parse(this.box.value);
    const range = this.form.fields[this.kind];
    if (read === undefined) return this.problem("This is not a number.");
    if (read === null) return this.optional ? this.#take(null) : this.problem("A number is needed.");
    const value = read / this.factor;
    const slack = 1e-9 + Math.abs(range.high) * 1e-9;
    if (value < range.low - slack || value > range.high + slack) {
      const hint = at(`${this.name}-hint`).textContent.replace(", or empty", "");
      return this.problem(`Allowed: ${hint} ${this.us ?? this.unit}.`);
    }
    return this.#take(value);
  }

  #take(value) {
    this.problem("");
    // Leaving a box says again what was typed.
    if (value === this.value) return;
    this.value = value;
    const shown = value === null ? "" : text(value * this.factor);
    if (document.activeElement !== this.box) this.box.value = shown;
    if (document.activeElement !== this.slider && value !== null) this.slider.value = value * this.factor;
    this.change(value);
  }
}

export function text(value) {
  return String(Number(value.toFixed(4)));
}
