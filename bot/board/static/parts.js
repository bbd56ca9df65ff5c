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

export function ago(seconds) {
  if (seconds < 90) return `${Math.round(seconds)} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  if (seconds < 129600) return `${Math.round(seconds / 3600)} h`;
  return `${Math.round(seconds / 86400)} d`;
}
