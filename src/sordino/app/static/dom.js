// Small helpers: everything that is shown is put in as text, never as markup.

export const at = (id) => document.getElementById(id);

export function make(tag, text = "", attributes = {}) {
  const element = document.createElement(tag);
  if (text) element.textContent = text;
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}

// Changes the page only where something is different.
export function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

export function fill(element, key, children) {
  if (element.dataset.key === key) return;
  element.dataset.key = key;
  element.replaceChildren(...children());
}

// Ranges in brackets and a number with its unit stay on one line.
export function unbroken(text) {
  return text
    .replace(/\S+ \([\d.]+ to [\d.]+\)/g, (found) => found.replaceAll(" ", "\u00a0"))
    .replace(/(\d) (h|min|mmHg|mg|percent|days|of)\b/g, "$1\u00a0$2")
    .replace(/\u00a0h (\d+\u00a0min)/g, "\u00a0h\u00a0$1");
}

export function table({ caption, header, rows }, label = caption) {
  const holder = make("div", "", { class: "scroll", tabindex: "0", role: "region", "aria-label": label });
  const element = make("table");
  element.append(make("caption", caption));
  const head = make("tr");
  head.append(...header.map((cell) => make("th", cell, { scope: "col" })));
  const body = make("tbody");
  for (const [first, ...rest] of rows) {
    const row = make("tr");
    row.append(make("th", first, { scope: "row" }), ...rest.map((cell) => make("td", cell)));
    body.append(row);
  }
  const top = make("thead");
  top.append(head);
  element.append(top, body);
  holder.append(element);
  return holder;
}
