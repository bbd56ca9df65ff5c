// What the page knows: users, chats and messages as the server tells them, and who speaks where.

export const state = {
  bot: null,
  users: new Map(),
  chats: new Map(),
  current: null,
  speakers: new Map(), // the chosen speaker of each group
  anonymous: new Set(), // the groups in whose name the speaker speaks
  topic: new Map(), // the chosen topic of each forum
  drafts: new Map(),
  programs: [],
  admins: [], // the numbers of those who administer the bot
  trouble: {},
};
let texts = { ru: {}, en: {} };

export async function loadTexts() {
  texts = await (await fetch("/page/texts.json")).json();
}

/** Return a text in the language of the person who speaks. */
export function say(key) {
  return texts[language()][key] ?? texts.en[key] ?? key;
}

export function has(key) {
  return key in texts.en;
}

export function language() {
  const code = speaker()?.language_code ?? navigator.language.slice(0, 2);
  return ["ru", "uk", "be", "kk"].includes(code) ? "ru" : "en";
}

export function chat() {
  return state.chats.get(state.current);
}

/** Return those who may speak in a chat. */
export function speakersOf(room) {
  if (!room) return [];
  const silent = room.type === "channel" ? ["member", "left", "kicked"] : ["left", "kicked"];
  return Object.entries(room.members)
    .filter(([id, status]) => state.users.has(Number(id)) && !silent.includes(status))
    .map(([id]) => state.users.get(Number(id)));
}

/** Return the person who speaks in the open chat. */
export function speaker(room = chat()) {
  const possible = speakersOf(room);
  return possible.find((user) => user.id === state.speakers.get(room?.id)) ?? possible[0];
}

/** Return whether the person who speaks wrote a message. */
export function isOwn(message, room) {
  if (room.type === "channel") return false;
  if (message.sender_chat) return state.anonymous.has(room.id);
  return message.from?.id === speaker(room)?.id;
}

/** Return whether a message that asks some people for an answer asks this one. */
export function isMeant(message, who) {
  const entities = message.entities ?? message.caption_entities ?? [];
  return message.reply_to_message?.from?.id === who?.id || entities.some((entity) => entity.url === `tg://user?id=${who?.id}`);
}

export function keyOf(message) {
  const id = message.ephemeral_message_id ? `e${message.ephemeral_message_id}` : message.message_id;
  return `${message.chat.id}:${id}`;
}

/** Take over the whole state, as it is told after a start or an interruption. */
export function takeAll(told) {
  Object.assign(state, { bot: told.bot, programs: told.programs ?? [], admins: told.admins ?? [], board: told.board, surroundings: told.surroundings, trouble: told.trouble ?? {} });
  state.users = new Map(told.users.map((user) => [user.id, user]));
  state.chats = new Map(told.chats.map((room) => [room.id, withMessages(room, room.messages)]));
  if (!state.chats.has(state.current)) state.current = state.chats.keys().next().value ?? null;
}

/** Take over a chat without its messages; return it. */
export function takeChat(told) {
  const known = state.chats.get(told.id);
  const room = { ...told, messages: known?.messages ?? new Map(), unread: known?.unread ?? 0 };
  room.actionUntil = Date.now() + told.action_seconds * 1000;
  state.chats.set(told.id, room);
  if (told.person) state.users.set(told.person.id, told.person);
  state.current ??= told.id;
  return room;
}

/** Take over a message; return whether it is new. */
export function takeMessage(message) {
  const room = state.chats.get(message.chat.id);
  if (!room) return false;
  const key = keyOf(message);
  const isNew = !room.messages.has(key);
  if (message.deleted) room.messages.delete(key);
  else room.messages.set(key, message);
  if (isNew && message.from?.is_bot) room.actionUntil = 0;
  return isNew;
}

function withMessages(room, messages) {
  const byKey = new Map(messages.map((message) => [keyOf(message), message]));
  return { ...room, messages: byKey, unread: 0, actionUntil: Date.now() + room.action_seconds * 1000 };
}

/** Return whether the person who speaks sees a message. */
export function isVisible(message, room) {
  return !message.receiver_user || message.receiver_user.id === speaker(room)?.id;
}
