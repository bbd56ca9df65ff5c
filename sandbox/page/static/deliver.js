// Say something in the open chat, as the person who speaks at this moment.
import { post } from "./api.js";
import { keyOf, speaker, state } from "./state.js";

/** Send a text, a file with it, or several files as an album; `files` may still be read. */
export async function deliver(text, files, { answering, quote }) {
  const answered = answering && keyOf(answering).includes(":e") ? null : answering; // nobody answers what one member sees
  const common = {
    user: speaker().id, chat: state.current, anonymous: state.anonymous.has(state.current),
    reply_to: answered?.message_id, quote: quote ?? undefined, topic: state.topic.get(state.current) || undefined,
  };
  const read = await files;
  const album = read.length > 1 ? `page-${Date.now()}` : null;
  const parts = read.length ? read.map((file, index) => ({ ...file, text: index ? "" : text, album })) : [{ text }];
  for (const part of parts) await post("say", { ...common, ...part });
}
