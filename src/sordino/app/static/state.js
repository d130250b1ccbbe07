// What the page holds: a course as it is edited, undo and redo, and the address that keeps it.

const MOST_STEPS = 200;

export const EMPTY_RUN = { patients: 2000, draws: 20, seed: 1, sampling: "arterial" };

// A course from the server, as the page edits it.
export function fromEdited(edited, before = null) {
  return {
    title: edited.title,
    source: edited.source,
    assumed: edited.assumed,
    person: before?.person ?? {
      age: edited.age,
      sex: edited.sex,
      weight: edited.weight_kg,
      height: edited.height_cm,
      pain: edited.pain,
      other: edited.patient,
    },
    sessions: edited.sessions.map(({ day, ...gives }) => ({ day, gives })),
    until: edited.until_days,
    other: edited.other,
    run: before?.run ?? { ...EMPTY_RUN },
    limits: before?.limits ?? {},
    template: "",
  };
}

// The course document that this state means.
export function toCourse(state) {
  const kinds = new Map();
  for (const { day, gives } of sorted(state.sessions)) {
    const key = JSON.stringify(gives);
    if (!kinds.has(key)) kinds.set(key, { ...treatment(gives), days: [] });
    kinds.get(key).days.push(number(day));
  }
  const { beside = [], ...kept } = state.other;
  return {
    ...kept,
    title: state.title,
    ...(state.source ? { source: state.source, assumed: state.assumed } : {}),
    patient: person(state.person),
    treatment: [...kinds.values(), ...beside],
    observe: { until: `${number(state.until)} days` },
  };
}

function person({ age, sex, weight, height, pain, other }) {
  return {
    ...other,
    ...given("age", age),
    ...given("sex", sex || null),
    ...given("weight", weight, "kg"),
    ...given("height", height, "cm"),
    ...given("pain", pain),
  };
}

function treatment({ drug, route, amount, unit, minutes, other }) {
  return {
    drug,
    route,
    ...given("dose", amount, unit),
    ...given("duration", minutes, "min"),
    ...other,
  };
}

function given(name, value, unit = "") {
  if (value === null || value === undefined) return {};
  if (typeof value === "string") return { [name]: value };
  return { [name]: unit ? `${number(value)} ${unit}` : number(value) };
}

export function number(value) {
  return Number(value.toFixed(6));
}

export function sorted(sessions) {
  return [...sessions].sort((a, b) => a.day - b.day);
}

// Changes of one kind that follow each other within a second are one step of undo.
export class History {
  constructor(state) {
    this.past = [];
    this.future = [];
    this.now = state;
    this.last = { kind: "", time: 0 };
  }

  change(state, kind = "") {
    const time = performance.now();
    const same = kind && kind === this.last.kind && time - this.last.time < 1000;
    if (!same) this.past = [...this.past, this.now].slice(-MOST_STEPS);
    this.last = { kind, time };
    this.future = [];
    this.now = state;
  }

  undo() {
    if (!this.past.length) return false;
    this.future.push(this.now);
    this.now = this.past.pop();
    this.last = { kind: "", time: 0 };
    return true;
  }

  redo() {
    if (!this.future.length) return false;
    this.past.push(this.now);
    this.now = this.future.pop();
    this.last = { kind: "", time: 0 };
    return true;
  }
}

// The fragment of an address is kept by the browser and never sent to a server.
// `beside`: treatments that it is compared with.
export function toFragment(state, pins, beside = undefined) {
  const bytes = new TextEncoder().encode(JSON.stringify({ version: 1, state, pins, beside }));
  const text = btoa(Array.from(bytes, (b) => String.fromCharCode(b)).join(""));
  return text.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

export function fromFragment(text) {
  try {
    const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
    const bytes = Uint8Array.from(plain, (c) => c.charCodeAt(0));
    const found = JSON.parse(new TextDecoder().decode(bytes));
    if (found.version !== 1 || !sound(found.state)) return null;
    const beside = Array.isArray(found.beside) ? found.beside.map(String) : undefined;
    return { state: found.state, pins: (found.pins ?? []).filter(sound).slice(0, 3), beside };
  } catch {
    return null;
  }
}

// A link may come from anywhere: only what has the right form is taken.
function sound(state) {
  const finite = (v) => v === null || Number.isFinite(v);
  const { person, sessions, until, other, run, limits } = state ?? {};
  return (
    [person, other, run, limits].every((v) => v && typeof v === "object") &&
    ["age", "weight", "height", "pain"].every((name) => finite(person[name] ?? null)) &&
    typeof state.title === "string" &&
    Number.isFinite(until) &&
    Array.isArray(sessions) &&
    sessions.length > 0 &&
    sessions.length <= 1000 &&
    sessions.every(
      (s) => Number.isFinite(s.day) && s.day >= 0 && s.day <= 366 && s.gives && typeof s.gives === "object",
    )
  );
}
