// Updates that are no usual ones, as they would come from Telegram tomorrow, or from nowhere.

const at = () => Math.floor(Date.now() / 1000);
const number = () => 900_000 + Math.floor(Math.random() * 90_000);

function message(chat, user, more) {
  return { message: { message_id: number(), date: at(), chat: { id: chat?.id, type: chat?.type, first_name: user?.first_name, title: chat?.title }, from: user, ...more } };
}

export const RAW = {
  "no text, no file": (chat, user) => message(chat, user, {}),
  "a new kind of message": (chat, user) => message(chat, user, { hologram: { depth: 3 } }),
  "a text that is a number": (chat, user) => message(chat, user, { text: 42 }),
  "no chat": (chat, user) => ({ message: { message_id: number(), date: at(), from: user, text: "?" } }),
  "a new kind of update": () => ({ telepathy: { thought: "?" } }),
  "nothing but a number": () => ({}),
  "a button of another version": (chat, user) => ({ callback_query: { id: "1", from: user, chat_instance: "1", data: "v9:unknown" } }),
};
