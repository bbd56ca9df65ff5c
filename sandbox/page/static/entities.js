// Show a text with Telegram's entities, whose offsets count UTF-16 units, as JavaScript does.
import { el } from "./dom.js";
import { say } from "./state.js";

const PLAIN = {
  bold: "b", italic: "i", underline: "u", strikethrough: "s", code: "code", pre: "pre",
  blockquote: "blockquote", expandable_blockquote: "blockquote",
};
const BLOCKS = ["pre", "blockquote", "expandable_blockquote"];
const LINKS = /(?:https?|tg):\/\/[^\s<>"«»]+[^\s<>"«».,:;!?)]/g;

/** Return nodes for a text; `open(url)` follows a link and `send(text)` says a command. */
export function formatted(text, entities = [], { open, send }) {
  const sorted = [...entities].sort((a, b) => a.offset - b.offset || b.length - a.length);
  return part(text, 0, text.length, sorted, { open, send });
}

function part(text, start, end, entities, acts) {
  const nodes = [];
  let cursor = start;
  for (let index = 0; index < entities.length; index += 1) {
    const entity = entities[index];
    const stop = Math.min(end, entity.offset + entity.length);
    if (entity.offset < cursor || stop <= cursor) continue;
    nodes.push(...linked(text.slice(cursor, entity.offset), acts));
    const inner = entities.slice(index + 1).filter((other) => other.offset < stop);
    const children = part(text, entity.offset, stop, inner, acts);
    nodes.push(element(entity, text.slice(entity.offset, stop), children, acts));
    // A block ends its line itself.
    cursor = BLOCKS.includes(entity.type) && text[stop] === "\n" ? stop + 1 : stop;
  }
  nodes.push(...linked(text.slice(cursor, end), acts));
  return nodes;
}

function element(entity, text, children, acts) {
  if (PLAIN[entity.type]) return el(PLAIN[entity.type], {}, children);
  if (entity.type === "spoiler") return spoiler(children);
  if (entity.type === "text_link" && !entity.url.startsWith("tg://user")) return link(entity.url, text, acts);
  if (entity.type === "url") return link(text, text, acts);
  if (entity.type === "bot_command") {
    return el("button", { class: "link", type: "button", onclick: () => acts.send(text) }, text);
  }
  return el("span", { class: "mention" }, children);
}

function linked(text, acts) {
  const nodes = [];
  let cursor = 0;
  for (const match of text.matchAll(LINKS)) {
    nodes.push(text.slice(cursor, match.index), link(match[0], match[0], acts));
    cursor = match.index + match[0].length;
  }
  return [...nodes, text.slice(cursor)].filter((node) => node !== "");
}

function link(url, text, acts) {
  return el("button", { class: "link", type: "button", title: url, onclick: () => acts.open(url) }, text);
}

function spoiler(children) {
  const hidden = el("span", { class: "spoiler", role: "button", tabindex: 0, "aria-label": say("show-hidden") }, children);
  const show = () => {
    hidden.classList.add("shown");
    ["role", "tabindex", "aria-label"].forEach((name) => hidden.removeAttribute(name));
  };
  hidden.addEventListener("click", show);
  hidden.addEventListener("keydown", (event) => ["Enter", " "].includes(event.key) && show());
  return hidden;
}
