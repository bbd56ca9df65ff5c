// The messages of the open chat, oldest first.
import { messageElement } from "./messages.js";
import { chat, isVisible, keyOf, say, state } from "./state.js";
import { el, icon, keepingFocus } from "./dom.js";

const NEAR = 120; // pixels from the end that count as the end
let following = true; // a reader at the end stays at the end, also while pictures load
let place = { room: null, topic: null, top: 0 }; // what is shown, and how far down

/** Draw all messages of the open chat; who has scrolled up in it stays there. */
export function drawLog(acts) {
  const log = document.getElementById("log");
  const room = chat();
  const before = place;
  log.replaceChildren();
  for (const message of shown(room)) put(log, messageElement(message, room, acts));
  if (!log.childElementCount) log.append(welcome(room, acts));
  listen(log);
  place = { room: room.id, topic: state.topic.get(room.id), top: before.top };
  if (following || before.room !== place.room || before.topic !== place.topic) scrollToEnd();
  else log.scrollTop = place.top;
}

/** Draw one message anew, add it or remove it; a reader at the end stays at the end. */
export function drawMessage(message, acts) {
  const log = document.getElementById("log");
  const old = log.querySelector(`[data-key="${CSS.escape(keyOf(message))}"]`);
  if (message.deleted || !inTopic(message, chat())) old?.remove();
  else if (!isVisible(message, chat())) return;
  else if (old) {
    const fresh = messageElement(message, chat(), acts, old);
    keepingFocus(old, () => {
      old.replaceWith(fresh);
      return fresh;
    });
    fresh.querySelector("video")?.play().catch(() => undefined);
  } else {
    log.querySelector(".welcome")?.remove();
    const fresh = messageElement(message, chat(), acts);
    fresh.classList.add("fresh");
    put(log, fresh);
  }
  if (following) scrollToEnd();
}

export function scrollToEnd() {
  const log = document.getElementById("log");
  following = true;
  log.scrollTop = log.scrollHeight;
}

function listen(log) {
  const stay = () => following && scrollToEnd();
  for (const arrival of ["load", "loadedmetadata"]) log.addEventListener(arrival, stay, true);
  log.addEventListener("scroll", () => {
    const left = log.scrollHeight - log.scrollTop - log.clientHeight;
    following = left < NEAR;
    place.top = log.scrollTop;
    document.getElementById("room").classList.toggle("scrolled", left > 2 * NEAR);
  });
  new ResizeObserver(stay).observe(log);
}

/** Scroll to a message and light it up. */
export function findMessage(key) {
  const found = document.querySelector(`[data-key="${CSS.escape(key)}"]`);
  const block = found?.closest(".album") ?? found; // an album is one block, its messages are none
  block?.scrollIntoView({ block: "center", behavior: "smooth" });
  block?.classList.add("found");
  setTimeout(() => block?.classList.remove("found"), 1500);
}

/** Return the button that leads to the end, which shows once one has scrolled up. */
export function endButton() {
  return el("button", { id: "to-end", class: "round", type: "button", "aria-label": say("new-messages"), onclick: scrollToEnd }, icon("down"));
}

function shown(room) {
  return [...room.messages.values()].filter((message) => isVisible(message, room) && inTopic(message, room));
}

function inTopic(message, room) {
  const topic = state.topic.get(room.id);
  return !topic || message.message_thread_id === topic;
}

function put(log, element) {
  const message = chat().messages.get(element.dataset.key);
  const album = message?.media_group_id;
  if (!album) return log.append(element);
  const last = log.lastElementChild;
  const box = last?.dataset.album === album ? last : el("div", { class: `album ${element.classList[1]}`, "data-album": album });
  if (box !== last) log.append(box);
  return box.append(element);
}

function welcome(room, acts) {
  if (!room.person) return el("div", { class: "welcome" }, el("p", {}, room.title));
  const told = state.bot.descriptions ?? {};
  const text = told[room.person.language_code] ?? told[""] ?? "";
  return el("div", { class: "welcome" },
    el("img", { src: "/page/icon.svg", alt: "" }), el("h2", {}, state.bot.first_name), el("p", {}, text),
    el("button", { class: "primary", type: "button", onclick: () => acts.send("/start") }, say("start")));
}
