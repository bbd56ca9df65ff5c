// Small parts of the board. Texts become text nodes; nothing is read as HTML.

export function el(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value !== null && value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return element;
}

export function figure(value, label) {
  return el("span", { class: "figure" }, el("b", {}, String(value)), el("small", {}, label));
}

export function rows(lines) {
  return el("table", {}, el("tbody", {}, lines.map((line) => el("tr", {}, line.map((cell) => el("td", {}, cell))))));
}

/** Return an age in its largest fitting unit, in the page's language. */
export function ago(seconds, language) {
  const [unit, length] = seconds < 90 ? ["second", 1] : seconds < 5400 ? ["minute", 60] : seconds < 129_600 ? ["hour", 3600] : ["day", 86_400];
  return new Intl.NumberFormat(language, { style: "unit", unit, unitDisplay: "short", maximumFractionDigits: 0 }).format(seconds / length);
}
