// The panel of troubles: programs that die, a network that fails, chats that forbid, strange updates.
import { post } from "./api.js";
import { el, icon, keepingFocus } from "./dom.js";
import { machine } from "./machine.js";
import { button, DAY, HOUR, section, span, toggle } from "./panel.js";
import { titleOf } from "./side.js";
import { chat, say, speaker, state } from "./state.js";
import { RAW } from "./raw.js";

const METHODS = ["*", "sendMessage", "sendPhoto", "sendAnimation", "editMessageText", "editMessageMedia", "answerCallbackQuery", "getUpdates", "getFile"];
const KINDS = ["429", "502", "page", "500", "403", "400", "cut", "drop-before", "drop-after", "hang"];
const DENIABLE = ["text", "photos", "animations", "documents"];
const MOST_CALLS = 40;
const calls = [];
const chosen = new Map(); // by label: what stands in the fields, which are drawn anew after each act

/** Draw the panel if it is open; `attempt` shows what the server says against an act. */
export function drawTrouble(attempt, close) {
  const panel = document.getElementById("trouble");
  if (panel.hidden) return;
  panel.setAttribute("aria-label", say("trouble"));
  const act = async (action, body) => {
    panel.setAttribute("aria-busy", "true"); // to restart programs takes seconds
    await attempt(async () => post(action, typeof body === "function" ? body() : body));
    panel.removeAttribute("aria-busy");
    drawTrouble(attempt, close);
  };
  const top = panel.querySelector(".sections")?.scrollTop ?? 0;
  keepingFocus(panel, () => { panel.replaceChildren(
    el("header", { class: "bar" }, el("h2", {}, say("trouble")),
      el("button", { class: "round", type: "button", "aria-label": say("close"), onclick: close }, icon("close"))),
    el("div", { class: "sections" }, machine(act), network(act), telegram(act), room(act), raw(act), log())); });
  panel.querySelector(".sections").scrollTop = top;
}

/** Note a call of the bot. */
export function takeCall(call) {
  calls.unshift(call);
  calls.length = Math.min(calls.length, MOST_CALLS);
  document.getElementById("calls")?.replaceChildren(...calls.map(callLine));
}

function choice(label, options) {
  const list = el("select", { "aria-label": label, title: label }, options.map((one) => el("option", { value: one }, one)));
  return kept(label, list, options[0]);
}

/** Return a field that holds what was entered before it was drawn anew. */
function kept(label, field, usual) {
  field.value = chosen.get(label) ?? usual;
  field.addEventListener("input", () => chosen.set(label, field.value));
  return field;
}

function network(act) {
  const { faults = [], delay = 0 } = state.trouble;
  const kind = choice(say("fault-kind"), KINDS);
  const method = choice(say("fault-method"), METHODS);
  const label = say("fault-times");
  const times = kept(label, el("input", { type: "number", min: 1, max: 99, "aria-label": label, title: label }), 1);
  const add = () => act("fault", {
    method: method.value, times: Number(times.value), retry_after: 5,
    kind: /^\d+$/.test(kind.value) ? Number(kind.value) : kind.value,
  });
  return section(say("network"), say("network-hint"),
    el("div", { class: "line-up" }, kind, method, times, button(say("do-it"), add, "primary")),
    faults.map((fault) => el("small", { class: "due" }, `${fault.kind} · ${fault.method} × ${fault.times}`)),
    el("div", { class: "line-up" }, el("span", {}, say("slow")),
      [0, 1, 5].map((seconds) => button(`${seconds} ${say("seconds")}`, () => act("slow", { seconds }), seconds === delay ? "primary" : ""))),
    button(say("end-troubles"), () => act("end_troubles", {})));
}

function telegram(act) {
  const { webhook, privacy, limits, local, ahead = 0 } = state.trouble;
  return section("Telegram", "",
    toggle(say("left-webhook"), Boolean(webhook), (on) => act("leave_webhook", { url: on ? "https://somewhere.example/hook" : "" })),
    toggle(say("privacy"), privacy, (on) => act("privacy", { on })),
    typeof local === "boolean" ? toggle(say("local"), local, (on) => act("local", { on })) : null,
    toggle(say("limits"), limits, (on) => act("limits", { on })),
    button(say("second-poller"), () => act("second_poller", { seconds: 20 })),
    el("div", { class: "line-up" }, el("span", {}, say("telegram-clock")), [HOUR, DAY].map((seconds) => button(span(seconds), () => act("advance", { seconds }))),
      ahead ? el("small", {}, span(ahead)) : null));
}

function room(act) {
  const open = chat();
  if (!open) return null;
  const there = !["left", "kicked"].includes(open.members[state.bot.id]);
  const by = speaker(open)?.id;
  if (open.person) {
    return section(titleOf(open), "", button(say(there ? "block" : "unblock"), () => act(there ? "block" : "unblock", { user: open.id }), there ? "danger" : "primary"));
  }
  const deny = (kind, on) => act("deny", { chat: open.id, kinds: DENIABLE.filter((one) => (one === kind ? !on : open.denied.includes(one))) });
  return section(titleOf(open), say("room-hint"),
    el("div", { class: "line-up" }, DENIABLE.map((kind) => toggle(say(`may-${kind}`), !open.denied.includes(kind), (on) => deny(kind, on)))),
    el("div", { class: "line-up" },
      there ? button(say("kick"), () => act("kick_bot", { chat: open.id, by }), "danger") : button(say("let-in"), () => act("add_bot", { chat: open.id, by }), "primary"),
      open.type === "group" ? button(say("migrate"), () => act("migrate", { chat: open.id, by })) : null,
      open.type === "channel" ? null : button(say("neighbour"), () => act("neighbour", { chat: open.id, text: "🤖" }))));
}

function raw(act) {
  const text = el("textarea", { rows: 7, spellcheck: "false", "aria-label": `${say("raw")} (JSON)` });
  const kinds = choice(say("raw"), Object.keys(RAW));
  const usual = () => JSON.stringify(RAW[kinds.value](chat(), speaker()), null, 1);
  kept("text", text, usual());
  kinds.addEventListener("change", () => {
    chosen.delete("text");
    text.value = usual();
  });
  return section(say("raw"), say("raw-hint"), kinds, text, button(say("push"), () => act("push", () => ({ update: JSON.parse(text.value) })), "primary"));
}

function log() {
  return section(say("calls"), say("calls-hint"), el("div", { id: "calls" }, calls.map(callLine)));
}

function callLine(call) {
  const good = call.status === 200;
  return el("div", { class: `call ${good ? "" : "bad"}` }, el("b", {}, call.method),
    el("span", {}, good ? "" : call.error ?? ""), el("small", {}, `${call.status || "–"} · ${Math.round(call.seconds * 1000)} ms`));
}
