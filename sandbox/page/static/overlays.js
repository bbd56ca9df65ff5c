// What lies over the page: toasts, alerts, a large picture, a small menu.
import { el, icon } from "./dom.js";
import { say } from "./state.js";

/** Show a line for a few seconds. */
export function toast(text) {
  const line = el("div", { class: "toast" }, text);
  document.getElementById("toasts").append(line);
  setTimeout(() => line.remove(), 4000 + text.length * 30);
}

/** Do something; show what the server says against it. Return whether it was done. */
export async function attempt(act) {
  try {
    await act();
    return true;
  } catch (error) {
    toast(error.message);
    return false;
  }
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

/** Show a menu of [text, action] beside a button; those of `quick` stand in one row above. */
export function menu(button, items, quick = []) {
  const close = () => list.remove();
  const entry = ([text, act]) => el("button", { type: "button", role: "menuitem", onclick: () => { close(); act(); } }, text);
  const list = el("div", { class: "menu", role: "menu" }, quick.length ? el("div", { class: "quick" }, quick.map(entry)) : null, items.map(entry));
  document.querySelectorAll(".menu").forEach((open) => open.remove());
  button.after(list);
  const { left, right } = list.getBoundingClientRect(); // on a phone it may not fit beside the button
  list.style.setProperty("translate", `${Math.max(8 - left, 0) + Math.min(innerWidth - 8 - right, 0)}px`);
  list.scrollIntoView({ block: "nearest" });
  list.querySelector(".menu > button").focus();
  list.addEventListener("keydown", (event) => {
    const all = [...list.querySelectorAll("button")];
    const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
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
