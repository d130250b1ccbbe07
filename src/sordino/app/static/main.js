// The plan page: what is edited, what is asked, what is shown.

import { showAnswer } from "/static/answer.js";
import { DAMAGED, linked, remember, remembered } from "/static/carry.js";
import { Calendar } from "/static/calendar.js";
import { at, make, say } from "/static/dom.js";
import { NumberField, parse, unread } from "/static/fields.js";
import { Files } from "/static/files.js";
import { Loop } from "/static/loop.js";
import { ask } from "/static/net.js";
import { MOST, Pins } from "/static/pins.js";
import { fromEdited, fromFragment, History, sorted, toCourse, toFragment } from "/static/state.js";

const PERSON = ["pain", "weight", "age", "height"];
const RUN = ["patients", "draws", "seed"];
const GIVEN = ["dose", "duration", "day", "absorption", "available"];
const TYPING_MS = 700; // a number may be wrong for so long while it is typed
const MARGIN = 62; // of a drawing in its card: labels of the axis and padding
const FIRST_DOSE = { "mg/kg": 0.5, mg: 35 };
const FIRST_MINUTES = 40;
const FIRST_ABSORPTION = { absorption_half_life: "15 min", bioavailability: "0.9" };

class Page {
  constructor(form) {
    this.form = form;
    this.routes = new Map(form.routes.map((r) => [r.id, r]));
    const kept = fromFragment(remembered());
    this.beside = kept?.beside;
    const start = form.protocols.find((p) => p.id === "six_infusions") ?? form.protocols[0];
    const state = kept?.state ?? { ...fromEdited(start.course), template: start.id };
    this.history = new History(state);
    this.chosen = null;
    this.fields = new Map();
    this.job = null;
    this.asked = 0;
    this.loop = new Loop(crypto.randomUUID(), this.#answers());
    this.calendar = new Calendar(
      (change, kind) => this.#sessions(change, kind),
      (session) => this.#choose(session),
    );
    this.pins = new Pins(
      (pinned, width) => this.#question(pinned, width),
      (opened) => this.#load(opened),
      () => this.#keep(),
    );
    this.files = new Files(this);
    this.#controls();
    if (linked() && !kept) this.#damaged("This is a course to start from.");
    this.show();
    for (const pinned of kept?.pins ?? []) this.pins.add(pinned);
  }

  get state() {
    return this.history.now;
  }

  // One change of the state: shown at once, asked at once, kept in the address.
  change(state, kind = "") {
    this.asked = performance.now();
    this.warned = false;
    this.history.change(state, kind);
    this.show();
  }

  replace(state) {
    this.chosen = null;
    this.change(state);
  }

  settled() {
    return this.loop.settled;
  }

  question() {
    return this.#question(this.state, this.#width());
  }

  // Asks once more for what is there.
  again() {
    this.loop.change(this.question());
  }

  // Whether a box holds what cannot be used; leads to it.
  stuck() {
    const field = this.#unusable()[0];
    if (!field) return false;
    this.#sayUnusable();
    field.box.focus();
    return true;
  }

  #unusable() {
    return [...this.fields.values()].filter((field) => field.refused && field.box.offsetParent);
  }

  // While a number is typed it may be wrong for a moment: only what stays so is said.
  #marked() {
    clearTimeout(this.marking);
    const pause = this.#unusable().length ? TYPING_MS : 0;
    this.marking = setTimeout(() => this.#sayUnusable(), pause);
  }

  #sayUnusable() {
    const fields = this.#unusable();
    const words = fields.map((field) => field.words);
    const names = words.map(([name]) => name).join(", ");
    say(at("unusable"), fields.length ? `${names}: what stands in the box cannot be used. What is shown is for ${words.map(([, used]) => used).join(", ")}.` : "");
    at("unusable").hidden = !fields.length;
    document.body.classList.toggle("unusable", fields.length > 0);
  }

  #damaged(then) {
    say(at("problem"), `${DAMAGED} ${then}`);
    at("problem").hidden = false;
    this.warned = true;
  }

  show() {
    const { person, sessions, until, run, limits } = this.state;
    if (!sessions.includes(this.chosen)) this.chosen = null;
    for (const name of PERSON) this.fields.get(name).show(person[name] ?? null);
    at("sex").value = person.sex ?? "";
    say(at("sessions-error"), "");
    this.calendar.show(sessions, this.chosen);
    this.#showChosen();
    this.#showDose();
    this.fields.get("until").show(until);
    for (const name of RUN) this.fields.get(name).show(run[name]);
    at("sampling").value = run.sampling;
    at("pk").value = this.state.other.models?.pk ?? "";
    at("slow-clock").value = this.state.other.models?.slow_clock ?? "lag";
    for (const box of document.querySelectorAll("[data-limit] input")) {
      if (document.activeElement !== box) box.value = limits[box.closest("[data-limit]").dataset.limit] ?? "";
    }
    at("template").value = this.state.template;
    say(at("template-hint"), this.state.source);
    const rules = this.state.other.rule?.length ?? 0;
    at("rules-words").hidden = !rules;
    say(at("rules-words").firstChild, `${rules} rules stand in this course. The planned sessions are calculated here, as if no rule changed them.`);
    at("undo").disabled = !this.history.past.length;
    at("redo").disabled = !this.history.future.length;
    this.#keep();
    this.loop.change(this.question());
  }

  #width() {
    return Math.floor(document.querySelector("#figure-session .card").clientWidth) - MARGIN;
  }

  #question(state, width) {
    return { course: toCourse(state), run: state.run, limits: state.limits, width: Math.max(1, width) };
  }

  // --- what comes back

  #answers() {
    return {
      first: async (shown) => {
        const since = this.asked;
        this.#clear();
        await showAnswer(shown);
        performance.measure("change-to-curve", { start: since, end: performance.now() });
        this.#state(`First answer, from ${shown.patients} made-up people. The exact one follows.`, 0);
        document.body.dataset.answer = "first";
      },
      progress: (part) => this.#state("Working out the exact answer and how sure it is.", part),
      exact: async (shown, job, last) => {
        await showAnswer(shown);
        this.#state(last ? exactWords(shown) : `With ranges, from ${shown.patients} made-up people. The exact answer follows.`, last ? null : 0);
        if (!last) return;
        this.files.ready(job);
        say(at("spoken"), `${shown.headline} ${shown.verdict}`);
        document.body.dataset.answer = "exact";
      },
      refused: (error) => this.#refused(error),
      lost: () => {
        this.files.stale();
        document.body.classList.add("unknown");
        this.#state("What is shown is older.", null);
        say(at("lost"), "The connection to sordino is lost. Your course is kept here; trying again every second. If the program was closed, start it again with the same address.");
        at("lost").hidden = false;
      },
      found: () => {
        at("lost").hidden = true;
        document.body.classList.remove("unknown");
        this.pins.again();
      },
    };
  }

  #state(words, part) {
    say(at("state-words"), words);
    say(at("printed-run"), `${words} ${new Date().toLocaleDateString("sv")}.`);
    at("progress").hidden = part === null || part === 0;
    if (part) at("progress").value = part;
  }

  #clear() {
    at("problem").hidden = !this.warned;
    this.files.stale();
    for (const field of this.fields.values()) field.heard();
    for (const id of ["route", "sex", "sampling", "pk"]) say(at(`${id}-error`), "");
    document.body.classList.remove("refused");
  }

  #refused(error) {
    this.#clear();
    document.body.classList.add("refused");
    document.body.dataset.answer = "refused";
    const left = error.findings.filter((finding) => !this.#atField(finding));
    const words = left.map((f) => [f.where, f.what, f.allowed && `allowed: ${f.allowed}`, f.hint].filter(Boolean).join("; "));
    const shown = at("course-title").textContent ? " What is shown is older." : "";
    if (!shown) say(at("headline"), "Nothing can be shown yet.");
    say(at("problem"), `This course cannot be calculated. ${words.join(". ") || "See the marked field."}${shown}`);
    at("problem").hidden = false;
    this.#state("", null);
  }

  // Puts a finding beside its field; false where it has none.
  #atField({ where, what, allowed, hint }) {
    const found = PLACES.find(([pattern]) => pattern.test(where));
    if (!found) return false;
    const words = [what, allowed && `allowed: ${allowed}`, hint].filter(Boolean).join("; ");
    const field = this.fields.get(found[1]);
    if (field) field.problem(words);
    else say(at(`${found[1]}-error`), words);
    return true;
  }

  // --- what is edited

  #controls() {
    const number = (name, take) => this.fields.set(name, new NumberField(name, this.form, take, () => this.#marked()));
    for (const name of PERSON) {
      number(name, (v) => this.change({ ...this.state, person: { ...this.state.person, [name]: v } }, name));
    }
    number("until", (v) => this.change({ ...this.state, until: v }, "until"));
    number("dose", (v) => this.#gives({ amount: v }, "dose"));
    number("duration", (v) => this.#gives({ minutes: v || null }, "duration"));
    number("day", (v) => this.chosen && this.calendar.move(this.chosen, v, "day"));
    number("absorption", (v) => this.#depot("absorption_half_life", v === null ? null : `${v} min`));
    number("available", (v) => this.#depot("bioavailability", v === null ? null : `${v} %`));
    for (const name of RUN) {
      number(name, (v) => this.change({ ...this.state, run: { ...this.state.run, [name]: v } }, name));
    }
    const on = (id, event, act) => at(id).addEventListener(event, act);
    on("sex", "change", () => this.change({ ...this.state, person: { ...this.state.person, sex: at("sex").value || null } }));
    on("drug", "change", () => this.#gives({ drug: at("drug").value }));
    on("unit", "change", () => this.#unit(at("unit").value));
    on("route", "change", () => this.#route(at("route").value));
    on("template", "change", () => this.#template(at("template").value));
    on("sampling", "change", () => this.change({ ...this.state, run: { ...this.state.run, sampling: at("sampling").value } }));
    on("pk", "change", () => this.#models({ pk: at("pk").value || undefined }));
    on("slow-clock", "change", () => this.#models({ slow_clock: at("slow-clock").value === "lag" ? undefined : "turnover" }));
    on("all-sessions", "click", () => this.#choose(null));
    on("copy-session", "click", () => this.chosen && this.calendar.copy(this.chosen));
    on("remove-session", "click", () => this.chosen && this.calendar.remove(this.chosen));
    on("drop-rules", "click", () => {
      const { rule, ...other } = this.state.other;
      this.change(this.#own({ ...this.state, other }));
    });
    on("undo", "click", () => this.history.undo() && this.#stepped());
    on("redo", "click", () => this.history.redo() && this.#stepped());
    on("pin", "click", () => this.pins.states.length < MOST && !this.stuck() && this.pins.add(this.state));
    on("form", "submit", (e) => e.preventDefault());
    on("us-units", "change", () => this.#units(at("us-units").checked));
    on("researcher", "change", () => this.#researcher(at("researcher").checked));
    for (const box of document.querySelectorAll("[data-limit] input")) box.addEventListener("input", () => this.#limit(box));
    document.addEventListener("keydown", (e) => this.#shortcut(e));
    window.addEventListener("hashchange", () => this.#address());
    // Whoever leaves takes the course of this moment along.
    document.addEventListener("click", (e) => e.target.closest("a[href]") && this.#write(), true);
    let pause = 0;
    let width = this.#width();
    window.addEventListener("resize", () => {
      clearTimeout(pause);
      pause = setTimeout(() => {
        if (this.#width() === width) return;
        width = this.#width();
        this.again();
      }, 200);
    });
    at("us-units").checked = rememberedSwitch("us-units");
    at("researcher").checked = rememberedSwitch("researcher");
    this.#units(at("us-units").checked);
    this.#researcher(at("researcher").checked);
  }

  #stepped() {
    for (const field of this.fields.values()) field.drop();
    this.asked = performance.now();
    this.chosen = null;
    this.show();
  }

  #shortcut(event) {
    if (!(event.ctrlKey || event.metaKey) || event.target.matches("input[type=text]")) return;
    const key = event.key.toLowerCase();
    const back = key === "z" && !event.shiftKey;
    const forth = key === "y" || (key === "z" && event.shiftKey);
    if (!back && !forth) return;
    event.preventDefault();
    if (back ? this.history.undo() : this.history.redo()) this.#stepped();
  }

  // A regimen that is changed is not the published one any more.
  #own(state) {
    if (!state.source && !state.template) return state;
    const title = state.title.endsWith(", changed") ? state.title : `${state.title}, changed`;
    return { ...state, template: "", source: "", assumed: [], title };
  }

  #sessions(change, kind = "") {
    const [sessions, chosen] = change(this.state.sessions);
    this.chosen = chosen;
    this.change(this.#own({ ...this.state, sessions }), kind);
  }

  #choose(session) {
    for (const name of GIVEN) this.fields.get(name).drop();
    this.chosen = session;
    this.calendar.show(this.state.sessions, session);
    this.#showChosen();
    this.#showDose();
  }

  // Changes what the chosen session gives, or all of them.
  #gives(change, kind = "") {
    this.#each((gives) => ({ ...gives, ...change }), kind);
  }

  // The same, with what becomes of what a session gives now.
  #each(become, kind = "") {
    const others = this.chosen === null;
    let chosen = null;
    const sessions = this.state.sessions.map((s) => {
      if (!others && s !== this.chosen) return s;
      const made = { ...s, gives: become(s.gives) };
      if (s === this.chosen) chosen = made;
      return made;
    });
    this.chosen = chosen;
    this.change(this.#own({ ...this.state, sessions }), kind);
  }

  #now() {
    return (this.chosen ?? sorted(this.state.sessions)[0]).gives;
  }

  // The same dose in the other unit, where the weight is known.
  #unit(unit) {
    const weight = this.state.person.weight;
    const factor = unit === "mg" ? weight : 1 / weight;
    this.#each((gives) => {
      if (gives.amount === null || gives.unit === unit) return gives;
      return { ...gives, unit, amount: weight ? Number((gives.amount * factor).toPrecision(6)) : FIRST_DOSE[unit] };
    });
  }

  #route(name) {
    const { infused, depot } = this.routes.get(name);
    this.#each((gives) => {
      const other = { ...gives.other };
      for (const key of ["absorption_half_life", "absorption_rate", "bioavailability", "steps"]) delete other[key];
      return {
        ...gives,
        route: name,
        minutes: infused && !depot ? (gives.minutes ?? FIRST_MINUTES) : null,
        amount: gives.amount ?? FIRST_DOSE["mg/kg"],
        unit: gives.unit || "mg/kg",
        other: depot ? { ...other, ...FIRST_ABSORPTION } : other,
      };
    });
  }

  #depot(key, words) {
    this.#each((gives) => {
      const other = { ...gives.other };
      if (words === null) delete other[key];
      else other[key] = words;
      if (key === "absorption_half_life") delete other.absorption_rate;
      return { ...gives, other };
    }, key);
  }

  #models(change) {
    const models = { ...this.state.other.models, ...change };
    for (const name of Object.keys(models)) if (models[name] === undefined) delete models[name];
    const other = { ...this.state.other, models };
    if (!Object.keys(models).length) delete other.models;
    this.change({ ...this.state, other });
  }

  #limit(box) {
    const name = box.closest("[data-limit]").dataset.limit;
    const value = parse(box.value);
    const wrong = value === undefined || (value !== null && !(value > 0 && value <= 1e6));
    say(at(`limit-${name}-error`), value === undefined ? unread(box.value) : wrong ? "A number above 0, or empty." : "");
    if (wrong) return;
    const limits = { ...this.state.limits, [name]: value };
    if (value === null) delete limits[name];
    this.change({ ...this.state, limits }, `limit-${name}`);
  }

  #template(id) {
    const found = this.form.protocols.find((p) => p.id === id);
    if (!found) return;
    this.replace({ ...fromEdited(found.course, this.state), template: id });
  }

  #load(state) {
    this.replace(state);
    at("headline").scrollIntoView({ block: "center" });
  }

  #showChosen() {
    const order = sorted(this.state.sessions);
    const one = this.chosen !== null;
    const count = order.length === 1 ? "1 session" : `${order.length} sessions`;
    say(at("chosen-words"), one ? `Session ${order.indexOf(this.chosen) + 1} of ${order.length} is chosen.` : `${count}, on day ${order.map((s) => s.day).join(", ")}.`);
    at("chosen-actions").hidden = !one;
    at("day-holder").hidden = !one;
    if (one) this.fields.get("day").show(this.chosen.day);
  }

  #showDose() {
    const gives = this.#now();
    const order = sorted(this.state.sessions);
    const differ = this.chosen === null && order.some((s) => JSON.stringify(s.gives) !== JSON.stringify(gives));
    const all = order.length === 1 ? "In the session" : "In every session";
    const title = this.chosen ? `In session ${order.indexOf(this.chosen) + 1}` : all;
    say(at("dose-legend"), differ ? `${title} (they differ: a change here is for all)` : title);
    const route = this.routes.get(gives.route);
    at("drug").value = gives.drug;
    at("route").value = gives.route;
    at("amount-holder").hidden = gives.amount === null;
    at("duration-holder").hidden = !route?.infused || gives.amount === null;
    at("depot-holder").hidden = !route?.depot;
    at("steps-words").hidden = gives.amount !== null;
    say(at("steps-words"), gives.amount === null ? stepWords(gives.other.steps ?? []) : "");
    if (gives.amount !== null) {
      at("unit").value = gives.unit;
      this.fields.get("dose").setKind(gives.unit, gives.unit);
      this.fields.get("dose").show(gives.amount);
      this.fields.get("duration").show(gives.minutes ?? 0);
    }
    if (route?.depot) {
      this.fields.get("absorption").show(amountOf(gives.other.absorption_half_life));
      const share = amountOf(gives.other.bioavailability);
      const percent = /%|percent/.test(gives.other.bioavailability ?? "");
      this.fields.get("available").show(share === null || percent ? share : share * 100);
    }
  }

  #units(us) {
    rememberSwitch("us-units", us);
    for (const name of ["weight", "height"]) this.fields.get(name).useUS(us);
  }

  async #researcher(on) {
    rememberSwitch("researcher", on);
    at("researcher-panel").hidden = !on;
    if (!on || at("pk").dataset.ready) return;
    at("pk").dataset.ready = "yes";
    const models = await ask("GET", "/api/models");
    at("pk").append(...models.filter((m) => m.kind === "drug model").map((m) => make("option", m.id, { value: m.id })));
    at("pk").value = this.state.other.models?.pk ?? "";
  }

  // --- the address

  #keep() {
    clearTimeout(this.keeping);
    this.keeping = setTimeout(() => this.#write(), 250);
  }

  #write() {
    clearTimeout(this.keeping);
    this.fragment = toFragment(this.state, this.pins.states, this.beside);
    history.replaceState(null, "", `#${this.fragment}`);
    remember(this.fragment);
    this.written = this.state;
  }

  #address() {
    const text = location.hash.slice(1);
    if (text === this.fragment) return;
    const found = fromFragment(text);
    if (found) this.replace(found.state);
    else if (linked()) {
      this.#write();
      this.#damaged("The course stays as it was.");
    }
  }
}

const PLACES = [
  [/^patient\.weight/, "weight"],
  [/^patient\.height/, "height"],
  [/^patient\.age/, "age"],
  [/^patient\.pain/, "pain"],
  [/^patient\.sex/, "sex"],
  [/^treatment\[\d+\]\.dose/, "dose"],
  [/^treatment\[\d+\]\.(duration|rate)/, "duration"],
  [/^treatment\[\d+\]\.absorption/, "absorption"],
  [/^treatment\[\d+\]\.bioavailability/, "available"],
  [/^treatment\[\d+\]\.route/, "route"],
  [/^observe\.until/, "until"],
  [/^run\.patients/, "patients"],
  [/^run\.draws/, "draws"],
  [/^run\.seed/, "seed"],
  [/^models/, "pk"],
];

function exactWords({ patients, draws }) {
  if (patients === "typical") return "One typical patient.";
  const sure = draws > 1 ? `, ${draws} readings of the studies` : "";
  return `Exact answer: ${patients} made-up people${sure}.`;
}

function stepWords(steps) {
  const words = steps.map((s) => `${s.rate} for ${s.duration}`).join(", then ");
  return `An infusion in steps: ${words}. Choose another way to give it to leave the steps, or edit the course file.`;
}

// The number in a text such as "15 min"; hours are counted as minutes.
function amountOf(words) {
  const found = /^\s*([\d.]+)\s*(h|hr|hours?)?/.exec(words ?? "");
  return found ? Number(found[1]) * (found[2] ? 60 : 1) : null;
}

function rememberSwitch(name, value) {
  try {
    localStorage.setItem(`sordino-${name}`, value ? "yes" : "");
  } catch {
    // A browser that keeps nothing works as well.
  }
}

function rememberedSwitch(name) {
  try {
    return localStorage.getItem(`sordino-${name}`) === "yes";
  } catch {
    return false;
  }
}

async function begin() {
  for (;;) {
    try {
      window.page = new Page(await ask("GET", "/api/form"));
      return;
    } catch (error) {
      say(at("headline"), "Waiting for sordino…");
      console.warn(error.message);
      await new Promise((resolve) => setTimeout(resolve, 1000));
    }
  }
}

begin();
