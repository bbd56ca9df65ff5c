// Where a message is written: its text, its files, and what it answers or changes.
import { post } from "./api.js";
import { el, icon } from "./dom.js";
import { Files } from "./files.js";
import { nameOf, summary } from "./side.js";
import { chat, keyOf, say, speaker, state } from "./state.js";
import { Suggestions } from "./suggest.js";

export class Composer {
  constructor(acts) {
    this.acts = acts;
    this.answering = null;
    this.editing = null;
    this.quote = null;
    this.files = new Files(() => this.resize());
    this.suggestions = new Suggestions((command) => this.say(command), acts);
    this.input = el("textarea", { rows: 1, id: "write", autocomplete: "off" });
    this.input.addEventListener("input", () => { this.resize(); this.suggestions.update(this.input.value); });
    this.input.addEventListener("keydown", (event) => this.onKey(event));
    this.about = el("div", { class: "answering", hidden: true });
    this.keys = el("div", { class: "keys", hidden: true });
    this.element = el("form", { class: "composer", onsubmit: (event) => { event.preventDefault(); this.send(); } });
    this.files.listen(document.getElementById("room"));
  }

  /** Draw it in the language of the person who speaks. */
  draw() {
    const posting = chat()?.type === "channel";
    this.input.placeholder = say(posting ? "write-post" : "write");
    this.input.setAttribute("aria-label", this.input.placeholder);
    document.getElementById("room").dataset.drop = say("drop-here");
    const round = (name, key, act) => el("button", { class: "round", type: "button", title: say(key), "aria-label": say(key), onclick: act }, icon(name));
    this.element.replaceChildren(this.suggestions.box, this.about, this.files.strip, this.keys,
      speaker() ? el("div", { class: "line" },
        round("clip", "attach", () => this.files.input.click()), this.files.input, this.input,
        round("slash", "menu", () => this.type("/")),
        el("button", { class: "round send", type: "submit", title: say("send"), "aria-label": say("send") }, icon("send")),
      ) : el("p", { class: "empty" }, say("member-only")));
    this.drawKeys();
    this.resize();
  }

  focus() {
    if (matchMedia("(hover: hover)").matches) this.input.focus();
  }

  /** Put a text into the field. */
  type(text) {
    this.input.value = text;
    this.resize();
    this.input.focus();
    this.suggestions.update(text);
  }

  reply(message, quote = null) {
    Object.assign(this, { answering: message, editing: null, quote });
    this.showAbout(say("reply"), message);
  }

  edit(message) {
    Object.assign(this, { answering: null, editing: message, quote: null });
    this.type(message.text ?? message.caption ?? "");
    this.showAbout(say("edit"), message);
  }

  reset() {
    Object.assign(this, { answering: null, editing: null, quote: null });
    this.about.hidden = true;
    this.suggestions.close();
  }

  /** Do what a new message of the bot asks for: an answer, or other keys. */
  follow(message) {
    const markup = message.markup ?? {};
    if (markup.force_reply) {
      this.reply(message);
      if (markup.input_field_placeholder) this.input.placeholder = markup.input_field_placeholder;
      this.focus();
    }
    if (markup.keyboard || markup.remove_keyboard) this.drawKeys();
  }

  drawKeys() {
    const markups = [...(chat()?.messages.values() ?? [])].map((one) => one.markup ?? {});
    const last = markups.findLast((one) => one.keyboard || one.remove_keyboard);
    this.keys.hidden = !last?.keyboard;
    this.keys.replaceChildren(...(last?.keyboard ?? []).map((row) => el("div", { class: "row" }, row.map((key) => {
      const text = key.text ?? key;
      return el("button", { type: "button", onclick: () => this.say(text) }, text);
    }))));
  }

  showAbout(title, message) {
    this.about.hidden = false;
    this.about.replaceChildren(
      el("span", {}, el("b", {}, `${title}: ${message.from ? nameOf(message.from) : ""}`), el("span", {}, this.quote ?? summary(message))),
      el("button", { class: "round", type: "button", "aria-label": say("cancel"), onclick: () => this.reset() }, icon("close")));
    this.input.focus();
  }

  async send() {
    const text = this.input.value.trim();
    const files = await this.files.contents();
    if (this.editing) {
      const { chat: room, message_id: message } = this.editing;
      if (text) await this.acts.attempt(() => post("change", { chat: room.id, message, text }));
    } else if (files.length || text) {
      if (!(await this.deliver(text, files))) return;
    }
    this.input.value = "";
    this.files.clear();
    this.reset();
    this.resize();
  }

  /** Say something at once, whatever stands in the field. */
  async say(text) {
    if (/^\//.test(this.input.value)) this.input.value = "";
    this.suggestions.close();
    await this.deliver(text, []);
    this.resize();
    this.focus();
  }

  async deliver(text, files) {
    const album = files.length > 1 ? `page-${Date.now()}` : null;
    const parts = files.length ? files.map((file, index) => ({ ...file, text: index ? "" : text, album })) : [{ text }];
    const answered = this.answering && keyOf(this.answering).includes(":e") ? null : this.answering;
    const common = { user: speaker().id, chat: state.current, anonymous: state.anonymous.has(state.current), reply_to: answered?.message_id, quote: this.quote ?? undefined, topic: state.topic.get(state.current) || undefined };
    return this.acts.attempt(async () => {
      for (const part of parts) await post("say", { ...common, ...part });
    });
  }

  onKey(event) {
    if (event.isComposing) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && this.suggestions.mark(step)) event.preventDefault();
    else if (["Enter", "Tab"].includes(event.key) && !event.shiftKey && this.suggestions.press()) event.preventDefault();
    else if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      this.send();
    } else if (event.key === "Escape") this.reset();
  }

  resize() {
    this.input.style.setProperty("height", "auto");
    this.input.style.setProperty("height", `${Math.min(160, this.input.scrollHeight)}px`);
    this.element.classList.toggle("filled", Boolean(this.input.value.trim() || this.files.chosen.length));
  }
}
