// What lies over the page: toasts, alerts, a large picture, a small menu.
import { el, icon } from "./dom.js";
import { say } from "./state.js";

/** Show a line for a few seconds. */
export function toast(text) {
  const line = el("div", { class: "toast" }, text);
  document.getElementById("toasts").append(line);
  setTimeout(() => line.remove(), 4000 + text.length * 30);
}

/** Show a window that waits to be closed. */
export function alertBox(text) {
  dialog("alert", el("p", {}, text), el("button", { class: "primary", type: "submit" }, "OK"));
}

/** Show a picture or a film as large as the window. */
export function lightbox(media) {
  const box = dialog("lightbox", media, el("button", { class: "round", type: "submit", "aria-label": say("close") }, icon("close")));
  box.addEventListener("click", () => box.close());
}

/** Show a menu of [text, action] beside a button. */
export function menu(button, items) {
  const close = () => list.remove();
  const list = el("div", { class: "menu", role: "menu" }, items.map(([text, act]) =>
    el("button", { type: "button", role: "menuitem", onclick: () => { close(); act(); } }, text)));
  document.querySelectorAll(".menu").forEach((open) => open.remove());
  button.after(list);
  list.querySelector("button").focus();
  list.addEventListener("keydown", (event) => {
    const all = [...list.children];
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) all[(all.indexOf(document.activeElement) + step + all.length) % all.length].focus();
    if (event.key === "Escape") { close(); button.focus(); }
  });
  list.addEventListener("focusout", (event) => !list.contains(event.relatedTarget) && setTimeout(close, 150));
}

function dialog(kind, ...content) {
  const box = el("dialog", { class: kind }, el("form", { method: "dialog" }, content));
  box.addEventListener("close", () => box.remove());
  box.querySelector("form").addEventListener("submit", (event) => { event.preventDefault(); box.close(); });
  document.body.append(box);
  box.showModal();
  return box;
}
