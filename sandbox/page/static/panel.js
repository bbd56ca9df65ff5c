// What the panel of troubles is made of.
import { el } from "./dom.js";

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
