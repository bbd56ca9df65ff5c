// Where a message is written: its text, its files, and what it answers or changes.
import { post } from "./api.js";
import { answerKeys } from "./buttons.js";
import { el, icon } from "./dom.js";
import { Files } from "./files.js";
import { deliver } from "./deliver.js";
import { nameOf, summary } from "./side.js";
import { chat, isMeant, say, speaker } from "./state.js";
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
    document.addEventListener("keydown", (event) => this.takeKey(event));
  }

  /** Draw it in the language of the person who speaks. */
  draw() {
    this.hint();
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

  /** Say in the empty field what belongs there. */
  hint(words) {
    const usual = say(chat()?.type === "channel" ? "write-post" : "write");
    this.input.placeholder = words ?? usual;
    this.input.setAttribute("aria-label", usual);
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
    this.hint();
  }

  /** Do what a new message of the bot asks for: an answer, or other keys. */
  follow(message) {
    const markup = message.markup ?? {};
    if (markup.force_reply && (!markup.selective || isMeant(message, speaker()))) {
      this.reply(message);
      this.hint(markup.input_field_placeholder);
      this.focus();
    }
    if (markup.keyboard || markup.remove_keyboard) this.drawKeys();
  }

  drawKeys() {
    const rows = answerKeys(chat()?.messages.values() ?? [], (text) => this.say(text));
    this.keys.hidden = !rows.length;
    this.keys.replaceChildren(...rows);
  }

  showAbout(title, message) {
    this.about.hidden = false;
    this.about.replaceChildren(
      el("span", {}, el("b", {}, `${title}: ${message.from ? nameOf(message.from) : ""}`), el("span", {}, this.quote ?? summary(message))),
      el("button", { class: "round", type: "button", "aria-label": say("cancel"), onclick: () => this.reset() }, icon("close")));
    this.input.focus();
  }

  /** Send what is written; the field is free at once, and has it again if it was refused. */
  async send() {
    const { editing, answering, quote, input: { value } } = this;
    const chosen = this.files.chosen;
    const files = this.files.contents();
    const text = value.trim();
    if (!text && !chosen.length) return;
    const done = editing
      ? this.acts.attempt(() => post("change", { chat: editing.chat.id, message: editing.message_id, text }))
      : this.deliver(text, files);
    this.input.value = "";
    this.files.clear();
    this.reset();
    this.resize();
    if (await done || this.input.value) return;
    Object.assign(this, { editing, answering, quote });
    this.about.hidden = !(editing ?? answering);
    this.files.add(chosen);
    this.type(value);
  }

  /** Say something at once, whatever stands in the field. */
  async say(text) {
    if (/^\//.test(this.input.value)) this.input.value = "";
    this.suggestions.close();
    await this.deliver(text);
    this.resize();
    this.focus();
  }

  /** Say it here; files are on their way. */
  deliver(text, files = []) {
    const { answering, quote } = this;
    return this.acts.attempt(() => deliver(text, files, { answering, quote }));
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

  /** Whoever types means the field, wherever the focus is; but Space presses what it is on. */
  takeKey({ target, key, ctrlKey, metaKey, altKey }) {
    const types = key.length === 1 && key !== " " && !ctrlKey && !metaKey && !altKey;
    if (types && !target.closest("input, select, textarea, dialog, .menu")) this.input.focus();
  }

  resize() {
    this.input.style.setProperty("height", "auto");
    this.input.style.setProperty("height", `${Math.min(160, this.input.scrollHeight)}px`);
    this.element.classList.toggle("filled", Boolean(this.input.value.trim() || this.files.chosen.length));
  }
}
