// Make elements. Texts become text nodes and nothing is ever read as HTML.

/** Make an element: `onclick`-like functions, `class`, booleans and attributes; then its children. */
export function el(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (typeof value === "function") element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** Draw a part of the page anew, or put what `draw` returns in its place; what had the focus, by its words, has it again. */
export function keepingFocus(place, draw) {
  const words = (one) => one.getAttribute("aria-label") ?? one.textContent;
  const focused = place.contains(document.activeElement) ? words(document.activeElement) : null;
  const drawn = draw() ?? place;
  if (focused === null) return;
  [...drawn.querySelectorAll("button, input, select, textarea")].find((one) => words(one) === focused)?.focus();
}

/** Make one of the icons, which are paths of 24 by 24. */
export function icon(name) {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  svg.classList.add("icon");
  const path = document.createElementNS(space, "path");
  path.setAttribute("d", PATHS[name]);
  svg.append(path);
  return svg;
}

const PATHS = {
  send: "M4 12l16-8-5 16-3-6-8-2z",
  clip: "M8 12l6-6a3 3 0 0 1 4 4l-8 8a5 5 0 0 1-7-7l8-8",
  back: "M15 5l-7 7 7 7",
  close: "M6 6l12 12M18 6L6 18",
  more: "M6 12h.01M12 12h.01M18 12h.01",
  down: "M6 9l6 6 6-6",
  sun: "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8M12 2v2M12 20v2M2 12h2M20 12h2M5 5l1.5 1.5M17.5 17.5L19 19M5 19l1.5-1.5M17.5 6.5L19 5",
  slash: "M15 5L9 19",
  out: "M8 16L17 7M9 7h8v8",
  copy: "M9 9h11v11H9zM5 15H4V4h11v1",
  file: "M7 3h7l5 5v13H7zM14 3v5h5",
  bolt: "M13 3L5 14h6l-1 7 8-11h-6z",
  board: "M4 20V10M10 20V4M16 20v-7M21 20H3",
};
