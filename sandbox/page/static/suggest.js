// What is offered while one types: commands after a slash, pictures after the bot's name.
import { post } from "./api.js";
import { el } from "./dom.js";
import { say, speaker, state } from "./state.js";

const PAUSE_MS = 300;

export class Suggestions {
  /** `choose(command)` says a command. */
  constructor(choose, acts) {
    this.choose = choose;
    this.acts = acts;
    this.box = el("div", { class: "suggest", hidden: true, role: "listbox" });
    this.serial = 0;
  }

  close() {
    this.serial += 1;
    this.box.hidden = true;
  }

  get open() {
    return !this.box.hidden;
  }

  /** Offer what fits to what is typed. */
  async update(text) {
    const serial = (this.serial += 1);
    const inline = text.match(new RegExp(`^@${state.bot.username}\\s(.*)$`, "is"));
    if (inline) {
      await new Promise((resolve) => { setTimeout(resolve, PAUSE_MS); });
      return serial === this.serial && this.offer(inline[1], serial);
    }
    if (!/^\/\w*$/.test(text)) return this.close();
    const { commands } = await post("menu", { chat: state.current, user: speaker().id });
    if (serial !== this.serial) return undefined;
    return this.show(commands.filter((one) => `/${one.command}`.startsWith(text)).map((one) =>
      el("button", { type: "button", role: "option", onclick: () => this.choose(`/${one.command}`) },
        el("b", {}, `/${one.command}`), el("span", {}, one.description))), "list");
  }

  async offer(query, serial) {
    const who = speaker();
    const room = state.current;
    const { id, results, button } = await post("offers", { user: who.id, text: query });
    if (serial !== this.serial) return;
    const pictures = results.map((one) =>
      el("button", { type: "button", role: "option", title: one.caption, "aria-label": one.caption || one.name, onclick: async () => {
        await this.acts.attempt(() => post("inline", { id, result: one.id, chat: room }));
        this.acts.type("");
      } }, one.kind === "photo" ? el("img", { src: one.media, alt: "" }) : one.name));
    const start = button ? [el("button", { type: "button", class: "wide", onclick: () => this.acts.open(`https://t.me/${state.bot.username}?start=${button.start}`) }, button.label)] : [];
    this.show(pictures.length || start.length ? [...start, ...pictures] : [el("p", {}, say("no-offers"))], "grid");
  }

  show(items, shape) {
    this.box.className = `suggest ${shape}`;
    this.box.setAttribute("aria-label", say(shape === "grid" ? "offers" : "menu"));
    this.box.replaceChildren(...items);
    this.box.hidden = !items.length;
    this.mark(items.findIndex((item) => !item.classList.contains("wide")));
  }

  /** Move the mark; return whether there was anything to mark. */
  mark(step) {
    const items = [...this.box.querySelectorAll("button")];
    if (this.box.hidden || !items.length) return false;
    const current = items.findIndex((item) => item.classList.contains("marked"));
    items[current]?.classList.remove("marked");
    const next = items[(Math.max(0, current) + step + items.length) % items.length];
    next.classList.add("marked");
    next.scrollIntoView({ block: "nearest" });
    return true;
  }

  /** Press what is marked; return whether anything was. */
  press() {
    const marked = this.open ? this.box.querySelector(".marked") : null;
    marked?.click();
    return Boolean(marked);
  }
}
