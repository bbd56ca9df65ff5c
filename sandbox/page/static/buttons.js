// Inline keyboards, and the links that lead into the bot.
import { post } from "./api.js";
import { el, icon } from "./dom.js";
import { toast } from "./overlays.js";
import { say, speaker, state } from "./state.js";

const WAIT_MS = 10_000;

/** Return the rows of buttons under a message. */
export function keyboardOf(message, acts) {
  const rows = message.markup?.inline_keyboard;
  if (!rows) return null;
  return el("div", { class: "keyboard" }, rows.map((row) =>
    el("div", { class: "row" }, row.map((button) => {
      const shown = el("button", { type: "button" }, button.text);
      const mark = button.url ? "out" : button.copy_text ? "copy" : "";
      if (mark) shown.append(el("span", { class: "mark" }, icon(mark)));
      shown.addEventListener("click", () => press(shown, message, button, acts));
      return shown;
    }))));
}

/** Return the rows of keys that stand in place of a keyboard, as the last message with any says; `send(text)` says one. */
export function answerKeys(messages, send) {
  const markups = [...messages].map((one) => one.markup ?? {});
  const last = markups.findLast((one) => one.keyboard || one.remove_keyboard);
  return (last?.keyboard ?? []).map((row) => el("div", { class: "row" }, row.map((key) => {
    const text = key.text ?? key;
    return el("button", { type: "button", onclick: () => send(text) }, text);
  })));
}

async function press(shown, message, button, acts) {
  if (button.url) return acts.open(button.url);
  if (button.copy_text) return copy(button.copy_text.text);
  const query = button.switch_inline_query_current_chat ?? button.switch_inline_query;
  if (query !== undefined) return acts.type(`@${state.bot.username} ${query}`);
  if (button.callback_data === undefined) return undefined;
  shown.classList.add("waiting");
  setTimeout(() => shown.classList.remove("waiting"), WAIT_MS);
  return acts.attempt(() => post("tap", { chat: message.chat.id, message: message.message_id, button: button.callback_data, user: speaker().id }));
}

export async function copy(text) {
  await navigator.clipboard.writeText(text).catch(() => undefined);
  toast(say("copied"));
}

/** Return what a link to the bot makes a person say, or null for other links. */
export function startOf(url) {
  let parts;
  try {
    parts = new URL(url);
  } catch {
    return null;
  }
  const name = parts.protocol === "tg:" ? parts.searchParams.get("domain") : parts.pathname.slice(1);
  const leadsHere = parts.protocol === "tg:" || ["t.me", "telegram.me"].includes(parts.hostname);
  if (!leadsHere || name?.toLowerCase() !== state.bot.username.toLowerCase()) return null;
  return `/start ${parts.searchParams.get("start") ?? ""}`.trim();
}
