// What the panel of troubles is made of.
import { el } from "./dom.js";
import { say } from "./state.js";

export const HOUR = 3600;
export const DAY = 24 * HOUR;

export function section(title, hint, ...content) {
  return el("section", {}, el("h3", {}, title), hint && el("p", { class: "hint" }, hint), ...content);
}

export function button(text, act, kind = "", label = null) {
  return el("button", { class: `pill ${kind}`, type: "button", "aria-label": label, onclick: act }, text);
}

export function toggle(text, on, act) {
  const box = el("input", { type: "checkbox", checked: on, "aria-label": text });
  box.addEventListener("change", () => act(box.checked));
  return el("label", { class: "check" }, box, text);
}

/** Return by how much a clock is moved, in whole days or else hours. */
export function span(seconds) {
  const [unit, name] = seconds % DAY ? [HOUR, "hours"] : [DAY, "days"];
  return `${seconds > 0 ? "+" : "−"}${Math.abs(Math.round(seconds / unit))} ${say(name)}`;
}
