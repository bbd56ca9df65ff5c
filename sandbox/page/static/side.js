// The list of chats.
import { post } from "./api.js";
import { el, icon } from "./dom.js";
import { isVisible, say, speakersOf, state } from "./state.js";
import { switchTheme } from "./theme.js";

/** Draw the list; `open(id)` shows a chat. */
export function drawSide(open, panels) {
  const side = document.getElementById("side");
  const focused = document.activeElement?.dataset?.chat;
  const rooms = [...state.chats.values()].filter((room) => !room.migrated_to);
  side.setAttribute("aria-label", say("chats"));
  side.replaceChildren(
    el("header", { class: "bar" },
      el("img", { class: "logo", src: "/page/icon.svg", alt: "" }),
      el("h1", {}, say("page-title")),
      panels.map(([name, title, act]) => el("button", { class: "round", type: "button", title, "aria-label": title, onclick: act }, icon(name))),
      el("button", { class: "round", type: "button", title: say("theme"), "aria-label": say("theme"), onclick: switchTheme }, icon("sun"))),
    rooms.length ? el("div", { class: "rooms", onkeydown: moveFocus }, rooms.map((room) => entry(room, open))) : nobody(),
  );
  if (focused) side.querySelector(`[data-chat="${focused}"]`)?.focus();
}

function entry(room, open) {
  const last = [...room.messages.values()].filter((message) => isVisible(message, room)).at(-1);
  const current = room.id === state.current;
  return el("button", { class: "room", type: "button", "data-chat": room.id, "aria-current": current ? "true" : null, onclick: () => open(room.id) },
    avatar(room),
    el("span", { class: "about" },
      el("span", { class: "name" }, titleOf(room), el("small", {}, last ? time(last) : "")),
      el("span", { class: "last" }, last ? summary(last, room) : kindOf(room))),
    room.unread && !current ? el("span", { class: "unread" }, String(room.unread)) : null);
}

function nobody() {
  return el("div", { class: "nobody" }, el("p", {}, say("no-chats")),
    el("button", { class: "primary", type: "button", onclick: async () => { await post("cast"); location.reload(); } }, say("invite")));
}

function moveFocus(event) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step) return;
  event.preventDefault();
  const all = [...event.currentTarget.children];
  all[(all.indexOf(document.activeElement) + step + all.length) % all.length]?.focus();
}

export function titleOf(room) {
  return room.person ? nameOf(room.person) : room.title;
}

export function nameOf(user) {
  return [user.first_name, user.last_name].filter(Boolean).join(" ");
}

export function kindOf(room) {
  if (room.person) return state.admins.includes(room.id) ? say("administrator") : room.person.language_code ?? "";
  if (room.type === "channel") return say("channel");
  const people = speakersOf(room).map(nameOf).join(", ");
  return people || say(room.is_forum ? "topics" : "group");
}

/** Return one line that stands for a message. */
export function summary(message, room) {
  const who = room && !room.person && message.from && room.type !== "channel" ? `${message.from.first_name}: ` : "";
  const kinds = { sticker: "🏷", photo: `🖼 ${say("picture")}`, animation: `🎞 ${say("film")}`, document: `📎 ${message.file?.name ?? say("file")}` };
  const text = message.text ?? message.caption ?? serviceText(message);
  return who + [kinds[message.kind], text].filter(Boolean).join(" ").replace(/\s+/g, " ").slice(0, 120);
}

export function serviceText(message) {
  if (message.forum_topic_created) return `${say("topic-created")} ${message.forum_topic_created.name}`;
  if (message.new_chat_members) return say("bot-added");
  if (message.migrate_to_chat_id || message.migrate_from_chat_id) return say("group-moved");
  return "";
}

export function time(message) {
  return new Date(message.date * 1000).toTimeString().slice(0, 5);
}

/** Return a round mark with the first letter, in one of eight colours by its number. */
export function avatar(thing) {
  const title = thing.first_name ?? titleOf(thing);
  if (thing.is_bot) return el("img", { class: "avatar", src: "/page/icon.svg", alt: "" });
  const sign = thing.type === "channel" ? "📣" : [...title][0];
  return el("span", { class: `avatar tint${tintOf(thing.id)}`, "aria-hidden": "true" }, sign);
}

/** Return the number of the colour of a person, group or channel; groups begin elsewhere in the round of eight. */
export function tintOf(id) {
  return (Math.abs(id) + (id < 0 ? 5 : 0)) % 8;
}
