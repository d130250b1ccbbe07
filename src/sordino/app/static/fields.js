// A number with its slider: both show the same, the box takes more than the slider reaches.

import { at, say } from "/static/dom.js";

const LB_PER_KG = 1 / 0.45359237; // by definition
const IN_PER_CM = 1 / 2.54; // by definition
const US = { weight: ["lb", LB_PER_KG], height: ["in", IN_PER_CM] };

const THOUSANDS = /^[+-]?[1-9]\d{0,2}(,\d{3})+$/;

// "0,5" is read like "0.5"; an empty box is null, anything else is undefined. So is "1,500",
// which is a thousand and a half for some and one and a half for others.
export function parse(text) {
  const plain = text.trim().replace("\u2212", "-");
  if (plain === "") return null;
  if (THOUSANDS.test(plain)) return undefined;
  const dotted = plain.replace(",", ".");
  return /^[+-]?(\d+\.?\d*|\.\d+)$/.test(dotted) ? Number(dotted) : undefined;
}

// Why a text is not taken as a number.
export function unread(text) {
  const plain = text.trim();
  if (!THOUSANDS.test(plain)) return "This is not a number.";
  const whole = plain.replaceAll(",", "");
  const parts = plain.split(",");
  return parts.length > 2 ? `Write ${whole}, without commas.` : `Write ${whole}, or ${parts[0]}.${parts[1].replace(/0+$/, "") || "0"}: this can be read as both.`;
}

export class NumberField {
  // `form`: ranges by kind; `change`: called with a number or null; `marked`: called when the box
  // begins or ceases to hold what cannot be used.
  constructor(name, form, change, marked = () => {}) {
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
    this.marked = marked;
    this.value = null;
    this.refused = false;
    this.box.addEventListener("input", () => this.#typed());
    this.box.addEventListener("change", () => this.#left());
    this.slider.addEventListener("input", () => this.#take(Number(this.slider.value) / this.factor));
    this.#limits();
  }

  // Another range, as the dose has for another unit.
  setKind(kind, unit) {
    if (kind !== this.kind) this.drop();
    this.kind = kind;
    this.unit = unit;
    this.#limits();
    this.show(this.value);
  }

  useUS(us) {
    const [unit, factor] = us && US[this.name] ? US[this.name] : [null, 1];
    this.factor = factor;
    this.us = unit;
    this.drop();
    this.#limits();
    this.show(this.value);
  }

  // The label, and the value that is used with its unit.
  get words() {
    const unit = this.us ?? this.unit;
    const used = this.value === null ? "nothing" : `${this.#text(this.value)}${unit ? ` ${unit}` : ""}`;
    return [this.root.querySelector("label").textContent, used];
  }

  // What the box holds that cannot be used is given up.
  drop() {
    this.#mark("");
  }

  // What the server said of it is not said any more.
  heard() {
    if (!this.refused) this.problem("");
  }

  // A box that holds what cannot be used keeps it until another value comes.
  show(value) {
    if (this.refused && value === this.value) return;
    this.value = value;
    const shown = value === null ? "" : this.#text(value);
    // What somebody is typing stays as it is while it means the same.
    const typed = document.activeElement === this.box ? parse(this.box.value) : undefined;
    const same = typed !== undefined && (typed === null ? value === null : value !== null && this.#text(typed / this.factor) === shown);
    if (!same) this.box.value = shown;
    if (document.activeElement !== this.slider && value !== null) this.slider.value = value * this.factor;
    this.#mark("");
  }

  problem(words) {
    say(at(`${this.name}-error`), words);
    if (words) this.box.setAttribute("aria-invalid", "true");
    else this.box.removeAttribute("aria-invalid");
  }

  #mark(words) {
    this.problem(words);
    if (this.refused === (words !== "")) return;
    this.refused = words !== "";
    this.marked();
  }

  // In other units a tenth is enough: the value itself stays as exact as it was.
  #text(value) {
    return this.factor === 1 ? text(value) : String(Number((value * this.factor).toFixed(1)));
  }

  #limits() {
    const range = this.form.fields[this.kind];
    if (!range) return;
    const [low, high, reach] = [range.low, range.high, range.slider].map((v) => v * this.factor);
    this.slider.min = Math.ceil(low);
    this.slider.max = Math.floor(reach);
    this.slider.step = this.factor === 1 ? range.step : 1;
    const unit = this.us ?? this.unit;
    say(at(`${this.name}-unit`), unit);
    const most = `${text(Math.floor(high * 10) / 10)}`;
    say(at(`${this.name}-hint`), `${text(Math.ceil(low * 10) / 10)} to ${most}${this.optional ? ", or empty" : ""}`);
  }

  #typed() {
    const read = parse(this.box.value);
    const range = this.form.fields[this.kind];
    if (read === undefined) return this.#mark(unread(this.box.value));
    if (read === null) return this.optional ? this.#take(null) : this.#mark("A number is needed.");
    const value = read / this.factor;
    const above = (bound, number) => number - bound > 1e-9 * (1 + Math.abs(bound));
    if (above(value, range.low) || above(range.high, value) || (range.whole && !Number.isInteger(value))) {
      const hint = at(`${this.name}-hint`).textContent.replace(", or empty", "");
      return this.#mark(`Allowed: ${range.whole ? "a whole number, " : ""}${`${hint} ${this.us ?? this.unit}`.trim()}.`);
    }
    return this.#take(value);
  }

  // Leaving a box says again what was typed, as it was read.
  #left() {
    this.#typed();
    const read = parse(this.box.value);
    if (!this.refused && read !== null && read !== undefined) this.box.value = text(read);
  }

  #take(value) {
    this.#mark("");
    if (value === this.value) return;
    this.value = value;
    const shown = value === null ? "" : this.#text(value);
    if (document.activeElement !== this.box) this.box.value = shown;
    if (document.activeElement !== this.slider && value !== null) this.slider.value = value * this.factor;
    this.change(value);
  }
}

export function text(value) {
  return String(Number(value.toFixed(4)));
}
