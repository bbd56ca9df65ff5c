// One message as it is shown.
import { keyboardOf } from "./buttons.js";
import { el, icon } from "./dom.js";
import { formatted } from "./entities.js";
import { mediaOf } from "./media.js";
import { menu } from "./overlays.js";
import { nameOf, serviceText, summary, time, tintOf } from "./side.js";
import { isOwn, keyOf, say, speaker, state } from "./state.js";

const REACTIONS = ["👍", "❤", "🔥", "😁", "🤔", "👎"];

/** Return the element of a message; `old` is the one that it replaces. */
export function messageElement(message, room, acts, old) {
  if (message.kind === "service") {
    return el("div", { class: "service", "data-key": keyOf(message) }, serviceText(message));
  }
  const own = isOwn(message, room);
  const media = mediaOf(message, old?.querySelector(".media"));
  const bubble = el("div", { class: `bubble${media && message.kind !== "document" ? " pictured" : ""}` },
    head(message, room, own), replied(message, acts), captionFirst(message) ? words(message, acts) : null,
    media, captionFirst(message) ? null : words(message, acts), foot(message, room, acts));
  return el("article", { class: `message ${own ? "own" : "other"}`, "data-key": keyOf(message), "aria-label": label(message) },
    bubble, tools(message, room, acts), keyboardOf(message, acts));
}

function captionFirst(message) {
  return message.show_caption_above_media || message.kind === "document";
}

function head(message, room, own) {
  const lines = [];
  if (message.receiver_user) lines.push(el("small", { class: "whisper" }, `👁 ${say("only-you")}`));
  const name = message.sender_chat?.title ?? (message.from ? nameOf(message.from) : "");
  const id = message.sender_chat?.id ?? message.from?.id ?? 0;
  if (!own && !room.person) lines.push(el("b", { class: `author ink${tintOf(id)}` }, name));
  if (message.via_bot) lines.push(el("small", { class: "via" }, `${say("via")} @${message.via_bot.username}`));
  return lines;
}

function replied(message, acts) {
  const target = message.reply_to_message;
  if (!target || target.forum_topic_created) return null;
  const full = state.chats.get(message.chat.id)?.messages.get(keyOf(target)) ?? target;
  return el("button", { class: "replied", type: "button", onclick: () => acts.find(keyOf(target)) },
    el("b", {}, target.from ? nameOf(target.from) : target.chat.title ?? ""),
    el("span", {}, message.quote ? `“${message.quote.text}”` : summary(full)));
}

function words(message, acts) {
  const text = message.text ?? message.caption;
  if (!text) return null;
  return el("div", { class: "words" }, formatted(text, message.entities ?? message.caption_entities, acts));
}

function foot(message, room, acts) {
  const everybodys = [...message.reactions, ...Object.values(message.people_reactions)];
  const mine = message.people_reactions[speaker(room)?.id];
  return el("footer", {},
    el("span", { class: "reactions" }, [...new Set(everybodys)].map((emoji) => {
      const count = everybodys.filter((one) => one === emoji).length;
      return el("button", { class: "reaction", type: "button", "aria-pressed": String(emoji === mine), onclick: () => acts.react(message, emoji === mine ? "" : emoji) },
        inColour(emoji), count > 1 ? ` ${count}` : "");
    })),
    el("small", {}, message.edit_date ? `${say("edited")} ` : "", time(message)));
}

/** Return an emoji with the mark by which those that are plain characters too, as the heart, are shown in colour. */
function inColour(emoji) {
  return `${emoji}\ufe0f`;
}

function tools(message, room, acts) {
  const text = message.text ?? message.caption;
  const passing = Boolean(message.receiver_user); // such a message cannot be reacted or replied to
  const button = el("button", { class: "tools", type: "button", "aria-haspopup": "menu", "aria-label": say("actions") }, icon("more"));
  button.addEventListener("click", () => menu(button, [
    ...(passing ? [] : [[say("reply"), () => acts.reply(message)]]),
    ...(text ? [[say("copy"), () => acts.copy(text)]] : []),
    ...(mayChange(message, room) ? [[say("edit"), () => acts.edit(message)]] : []),
    ...(mayErase(message, room) ? [[say("delete"), () => acts.erase(message)]] : []),
  ], passing ? [] : REACTIONS.map((emoji) => [inColour(emoji), () => acts.react(message, emoji)])));
  return button;
}

/** Return whether who speaks may edit a message; in a channel its administrators edit all but the bot's. */
function mayChange(message, room) {
  return room.type === "channel" ? Boolean(speaker(room)) && !message.by_bot : isOwn(message, room);
}

/** Return whether who speaks may delete a message: everything in private, and as an administrator. */
function mayErase(message, room) {
  const status = room.members[speaker(room)?.id];
  return !message.receiver_user && Boolean(room.person || isOwn(message, room) || ["administrator", "creator"].includes(status));
}

function label(message) {
  const who = message.from ? nameOf(message.from) : message.chat.title;
  return `${who}, ${time(message)}: ${summary(message)}`;
}
