// Pictures, films and files of a message.
import { el, icon } from "./dom.js";
import { lightbox } from "./overlays.js";
import { say } from "./state.js";

const WIDEST = 400;
const HIGHEST = 400;

/** Return the element of a message's file; `old` is reused, so that a preview that grows does not flicker. */
export function mediaOf(message, old) {
  if (!message.media) return null;
  if (message.kind === "document") return documentCard(message);
  const film = message.kind === "animation";
  const known = old?.querySelector(film ? "video" : "img");
  const shown = known ?? (film ? filmElement() : el("img", { alt: "", decoding: "async" }));
  if (shown.getAttribute("src") !== message.media) shown.setAttribute("src", message.media);
  const { width, height } = fitted(message.file);
  if (width) {
    shown.setAttribute("width", width);
    shown.setAttribute("height", height);
  }
  shown.setAttribute(film ? "aria-label" : "alt", `${say(film ? "film" : "picture")}: ${message.caption ?? ""}`);
  const hidden = message.has_media_spoiler && !old?.classList.contains("shown");
  const frame = el("button", { class: `media${hidden ? " hidden" : " shown"}`, type: "button", title: say(hidden ? "show-hidden" : "open-picture") }, shown);
  frame.addEventListener("click", () => {
    if (!frame.classList.contains("hidden")) return lightbox(large(message));
    frame.classList.replace("hidden", "shown");
    frame.title = say("open-picture");
    return undefined;
  });
  return frame;
}

function filmElement() {
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const film = el("video", { loop: true, playsinline: true, autoplay: !calm, controls: calm });
  film.muted = true;
  return film;
}

function large(message) {
  const shown = message.kind === "animation" ? filmElement() : el("img", { alt: message.caption ?? "" });
  shown.setAttribute("src", message.media);
  return shown;
}

function fitted(file) {
  if (!file?.width) return {};
  const scale = Math.min(WIDEST / file.width, HIGHEST / file.height, Math.max(1, 240 / file.width));
  return { width: Math.round(file.width * scale), height: Math.round(file.height * scale) };
}

function documentCard(message) {
  const { name, bytes } = message.file;
  const size = bytes >= 1e6 ? `${(bytes / 1e6).toFixed(1)} MB` : `${Math.max(1, Math.round(bytes / 1000))} kB`;
  return el("a", { class: "document", href: message.media, download: name },
    el("span", { class: "sheet" }, icon("file")), el("span", {}, el("b", {}, name), el("small", {}, size)));
}
