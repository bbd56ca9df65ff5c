// Join the parts: what the server tells is drawn, what a person does is told to the server.
import { post } from "./api.js";
import { copy, startOf } from "./buttons.js";
import { Composer } from "./composer.js";
import { drawLog, drawMessage, findMessage, scrollToEnd } from "./log.js";
import { alertBox, attempt, toast } from "./overlays.js";
import { drawDoing, drawRoom } from "./room.js";
import { drawSide } from "./side.js";
import { chat, isOwn, loadTexts, say, speaker, state, takeAll, takeChat, takeMessage } from "./state.js";
import { unlessPressed } from "./press.js";
import { applyTheme } from "./theme.js";
import { drawTrouble, takeCall } from "./trouble.js";

let reading = false; // on a phone: a chat is open, and not the list
const panels = [
  ["board", "board", () => window.open(state.board, "_blank", "noopener")],
  ["bolt", "trouble", () => showTrouble(document.getElementById("trouble").hidden)],
];

function showTrouble(shown) {
  document.getElementById("trouble").hidden = !shown;
  drawTrouble(attempt, () => showTrouble(false));
}

const acts = {
  redraw,
  isReading: () => reading,
  leave: () => { reading = false; document.body.classList.remove("reading"); },
  send: (text) => composer.say(text),
  type: (text) => composer.type(text),
  reply: (message) => composer.reply(message, quoteIn(message)),
  edit: (message) => composer.edit(message),
  react: (message, emoji) => attempt(() => post("react", { chat: message.chat.id, message: message.message_id, user: speaker().id, emoji })),
  erase: (message) => attempt(() => post("erase", { chat: message.chat.id, message: message.message_id })),
  copy,
  find: findMessage,
  attempt,
  open: openLink,
};
const composer = new Composer(acts);

function drawList() {
  const shown = state.board ? panels : panels.slice(1);
  drawSide(openChat, shown.map(([name, title, act]) => [name, say(title), act]));
}

function redraw() {
  const writing = document.activeElement === composer.input;
  document.documentElement.lang = say("page-title") === "Mazok" ? "en" : "ru";
  document.title = say("page-title");
  drawList();
  composer.draw();
  drawRoom(composer.element, acts);
  if (chat()) drawLog(acts);
  drawTrouble(attempt, () => showTrouble(false));
  composer.resize(); // its height can be known only now that it is shown
  if (writing) composer.input.focus(); // which it lost when it was moved
}

function openChat(id) {
  if (state.current) state.drafts.set(state.current, composer.input.value);
  state.current = id;
  reading = true;
  chat().unread = 0;
  composer.reset();
  composer.files.clear();
  composer.input.value = state.drafts.get(id) ?? "";
  redraw();
  composer.focus();
  const last = [...chat().messages.values()].at(-1);
  if (last?.from?.is_bot && last.markup?.force_reply) composer.follow(last);
}

async function openLink(url) {
  const words = startOf(url);
  if (words === null) {
    if (/^https?:/.test(url)) window.open(url, "_blank", "noopener,noreferrer");
    else toast(`${say("link-elsewhere")} ${url}`);
    return;
  }
  const who = speaker().id;
  await attempt(() => post("private", { user: who }));
  openChat(who);
  composer.say(words);
}

function quoteIn(message) {
  const chosen = getSelection().toString().trim();
  return chosen && (message.text ?? message.caption ?? "").includes(chosen) ? chosen : null;
}

const onEvent = {
  state(told) {
    takeAll(told);
    redraw();
  },
  chat(told) {
    const before = state.chats.get(told.id);
    const room = takeChat(told);
    if (told.id === state.current && state.chats.has(told.migrated_to)) return openChat(told.migrated_to);
    const same = before && JSON.stringify(frame(before)) === JSON.stringify(frame(room));
    if (!same) redraw();
    else if (told.id === state.current) drawDoing();
    return undefined;
  },
  message(message) {
    const room = state.chats.get(message.chat.id);
    if (!room) return;
    const isNew = takeMessage(message);
    if (message.chat.id === state.current) {
      drawMessage(message, acts);
      if (isOwn(message, room) && isNew) scrollToEnd();
      if (isNew && message.from?.is_bot) composer.follow(message);
      drawDoing();
    } else if (isNew && message.from?.is_bot) room.unread += 1;
    drawList();
  },
  answer(told) {
    document.querySelectorAll(".waiting").forEach((button) => button.classList.remove("waiting"));
    const name = state.users.get(told.user)?.first_name;
    const text = told.user === speaker()?.id ? told.text : told.text && `${name}: ${told.text}`;
    if (told.url) openLink(told.url);
    if (text) (told.alert ? alertBox : toast)(text);
  },
  bot(told) {
    state.bot = told;
    drawDoing();
    if (composer.suggestions.open || composer.input.value === "/") composer.suggestions.update(composer.input.value);
    if (chat() && !chat().messages.size) drawLog(acts);
  },
  programs(told) {
    Object.assign(state, told);
    drawTrouble(attempt, () => showTrouble(false));
  },
  trouble(told) {
    state.trouble = told;
    drawTrouble(attempt, () => showTrouble(false));
  },
  call: takeCall,
};
onEvent.edit = onEvent.delete = onEvent.reaction = onEvent.message;

function frame({ title, person, members, topics, migrated_to: moved, denied }) {
  return { title, person, members, topics, moved, denied };
}

applyTheme();
await loadTexts();
const source = new EventSource("/sandbox/events");
for (const [name, take] of Object.entries(onEvent)) {
  source.addEventListener(name, (event) => unlessPressed(() => take(JSON.parse(event.data))));
}
const lost = document.getElementById("lost");
source.addEventListener("error", () => { lost.textContent = say("connection-lost"); lost.hidden = false; });
source.addEventListener("open", () => { lost.hidden = true; });
