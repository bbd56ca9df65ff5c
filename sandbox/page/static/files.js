// Files that are chosen, dropped or pasted, until they are sent.
import { base64 } from "./api.js";
import { el, icon } from "./dom.js";
import { say } from "./state.js";

const MOST = 10; // in an album

export class Files {
  /** `changed` is called whenever the strip changes. */
  constructor(changed) {
    this.chosen = [];
    this.changed = changed;
    this.plain = el("input", { type: "checkbox" });
    this.strip = el("div", { class: "strip", hidden: true });
    this.input = el("input", { type: "file", multiple: true, hidden: true });
    this.input.addEventListener("change", () => {
      this.add(this.input.files);
      this.input.value = "";
    });
  }

  add(files) {
    this.chosen = [...this.chosen, ...files].slice(0, MOST);
    this.draw();
  }

  clear() {
    this.chosen = [];
    this.plain.checked = false;
    this.draw();
  }

  draw() {
    this.strip.hidden = !this.chosen.length;
    this.strip.replaceChildren(...this.chosen.map((file) => el("figure", {}, preview(file),
      el("button", { class: "round", type: "button", "aria-label": `${say("remove")} ${file.name}`, onclick: () => {
        this.chosen = this.chosen.filter((other) => other !== file);
        this.draw();
      } }, icon("close")))), el("label", {}, this.plain, say("as-file")));
    this.changed();
  }

  /** Return for each file what the server needs to send it. */
  async contents() {
    const plain = this.plain.checked;
    return Promise.all(this.chosen.map(async (file) => {
      const data = await base64(file);
      const picture = file.type.startsWith("image/") && file.type !== "image/gif" && !plain;
      return picture ? { photo: data } : { document: [file.name || "file", data] };
    }));
  }

  /** Take what is dropped on or pasted into an element. */
  listen(element) {
    element.addEventListener("paste", (event) => {
      if (!event.clipboardData.files.length) return;
      event.preventDefault();
      this.add(event.clipboardData.files);
    });
    const over = (shown) => element.classList.toggle("dropping", shown);
    element.addEventListener("dragover", (event) => {
      event.preventDefault();
      over(true);
    });
    element.addEventListener("dragleave", (event) => element.contains(event.relatedTarget) || over(false));
    element.addEventListener("drop", (event) => {
      event.preventDefault();
      over(false);
      this.add(event.dataTransfer.files);
    });
  }
}

function preview(file) {
  if (!file.type.startsWith("image/")) return el("span", { class: "sheet" }, icon("file"), file.name);
  const address = URL.createObjectURL(file);
  const shown = el("img", { src: address, alt: file.name });
  shown.addEventListener("load", () => URL.revokeObjectURL(address));
  return shown;
}
