// The open chat: who it is, who speaks in which language, its topics, what the bot is doing.
import { post } from "./api.js";
import { el, icon } from "./dom.js";
import { avatar, kindOf, nameOf, titleOf } from "./side.js";
import { chat, has, say, speaker, speakersOf, state } from "./state.js";
import { endButton } from "./log.js";

const LANGUAGES = ["ru", "en", "uk", "de", "fr", "es"];

/** Draw the frame of the open chat; `composer` is the element at its foot. */
export function drawRoom(composer, acts) {
  const room = chat();
  const main = document.getElementById("room");
  document.body.classList.toggle("reading", Boolean(room) && acts.isReading());
  if (!room) return main.replaceChildren(el("p", { class: "empty" }, say("choose-chat")));
  main.replaceChildren(
    el("header", { class: "bar" },
      el("button", { class: "round back", type: "button", "aria-label": say("back"), onclick: acts.leave }, icon("back")),
      room.person ? avatar(state.bot) : avatar(room),
      el("div", { class: "about" },
        el("h2", {}, room.person ? state.bot.first_name : titleOf(room)), el("small", { id: "doing" })),
      voices(room, acts)),
    room.is_forum ? topics(room, acts) : "",
    el("div", { id: "log", role: "log", tabindex: 0, "aria-label": titleOf(room) }),
    endButton(), composer);
  drawDoing();
}

/** Say what the bot does at this moment, and what kind of chat it is otherwise. */
export function drawDoing() {
  const place = document.getElementById("doing");
  const room = chat();
  if (!place || !room) return;
  const busy = room.actionUntil > Date.now();
  const key = has(`action-${room.action}`) ? `action-${room.action}` : "action-other";
  const name = room.person ? "" : `${state.bot.first_name} `;
  place.textContent = busy ? name + say(key) : room.person ? say(state.bot.awake ? "bot" : "waking") : kindOf(room);
  place.classList.toggle("busy", busy);
  if (busy) setTimeout(drawDoing, room.actionUntil - Date.now() + 50);
}

function voices(room, acts) {
  const possible = speakersOf(room);
  const who = speaker(room);
  if (!who) return el("div");
  const hidden = state.anonymous.has(room.id);
  const roles = possible.flatMap((user) => [[user, false], ...(mayHide(user, room) ? [[user, true]] : [])]);
  const person = el("select", { "aria-label": say("speaker"), title: say("speaker"), disabled: roles.length < 2 }, roles.map(([user, hides]) =>
    el("option", { value: `${user.id}${hides ? " anonymous" : ""}`, selected: user.id === who.id && hides === hidden },
      hides ? `${nameOf(user)} (${say("anonymous")})` : nameOf(user))));
  person.addEventListener("change", () => {
    const [id, hides] = person.value.split(" ");
    state.speakers.set(room.id, Number(id));
    if (hides) state.anonymous.add(room.id);
    else state.anonymous.delete(room.id);
    acts.redraw();
  });
  const code = who.language_code ?? "en";
  const known = LANGUAGES.includes(code) ? LANGUAGES : [code, ...LANGUAGES];
  const language = el("select", { "aria-label": say("language"), title: say("language") },
    known.map((one) => el("option", { value: one, selected: one === code }, one)));
  language.addEventListener("change", async () => {
    await post("language", { user: who.id, language: language.value });
    state.users.set(who.id, { ...who, language_code: language.value });
    acts.redraw();
  });
  return el("div", { class: "voices" }, person, language);
}

/** Return whether somebody may speak in the name of the group. */
function mayHide(user, room) {
  return room.type === "supergroup" && ["administrator", "creator"].includes(room.members[user.id]);
}

function topics(room, acts) {
  const current = state.topic.get(room.id) ?? 0;
  const all = [[0, say("general")], ...Object.entries(room.topics).map(([id, name]) => [Number(id), name])];
  return el("div", { class: "topics", role: "tablist" }, all.map(([id, name]) =>
    el("button", { type: "button", role: "tab", "aria-selected": String(id === current), onclick: () => {
      state.topic.set(room.id, id);
      acts.redraw();
    } }, name)));
}
