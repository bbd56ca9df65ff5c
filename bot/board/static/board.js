// The board: read every few seconds, drawn anew; the search stays as it is.
import { chart } from "./chart.js";
import { ago, el, figure, rows } from "./parts.js";

const PAUSE_MS = 3000;
const language = navigator.language.startsWith("ru") ? "ru" : "en";
const texts = (await (await fetch("texts.json")).json())[language];
const say = (key) => texts[key] ?? key;
const since = (age) => ago(age, language);
let words = "";
let lastRead = "";

document.documentElement.lang = language;
document.title = say("title");
document.getElementById("title").textContent = say("title");
const search = el("input", { type: "search", placeholder: say("search"), "aria-label": say("search") });
search.addEventListener("input", () => { words = search.value; refreshPictures(); });
const parts = Object.fromEntries(["queue", "engines", "days", "pace", "gallery", "alerts", "credits", "settings"].map((name) => [name, el("div")]));
document.getElementById("board").append(...Object.entries(parts).map(([name, content]) =>
  el("section", { class: name, "aria-label": say(name) }, el("h2", {}, say(name)), name === "gallery" ? search : null, content)));

function draw(told) {
  parts.queue.replaceChildren(
    el("p", { class: "figures" }, figure(told.running, say("running")), figure(told.waiting, say("waiting"))),
    told.queue.length ? rows(told.queue.map((job) => [el("b", {}, job.prompt), job.who, progress(job), since(job.age)])) : el("p", { class: "quiet" }, say("nobody-waits")));
  parts.engines.replaceChildren(...(told.engines.length ? told.engines.map(engine) : [el("p", { class: "alarm" }, say("no-engines"))]));
  const today = told.days.at(-1);
  parts.days.replaceChildren(
    el("p", { class: "figures" }, figure(today.done, say("done")), figure(today.failed, say("failed")), figure(today.active_users, say("people")),
      figure(decimal(today.waiting), say("mean-waiting")), figure(decimal(today.painting), say("mean-painting"))),
    chart(told.days, say));
  parts.pace.replaceChildren(rows(Object.entries(told.paces).map(([way, pace]) => [el("b", {}, way), `${say("alone")}: ${decimal(pace.seconds)}`, `${say("of-sheet")}: ${decimal(pace.of_sheet)}`])));
  parts.credits.replaceChildren(rows(told.accounts.map((one) => [el("b", {}, one.who), `${say("used")} ${one.used} ${say("of")} ${one.daily}`, one.granted ? `${say("granted")} ${one.granted}` : ""])));
  parts.alerts.replaceChildren(told.alerts.length ? rows(told.alerts.map((one) => [el("span", { class: `owner ${one.owner}` }, one.owner), one.text, one.count > 1 ? `× ${one.count}` : "", since(one.age)])) : el("p", { class: "quiet" }, say("no-alerts")));
  parts.settings.replaceChildren(rows(Object.entries(told.settings).map(([name, value]) => [name, el("b", {}, value === null ? "–" : String(value))])));
}

function engine(told) {
  const gigabytes = told.memory?.map((bytes) => decimal(bytes / 1e9));
  return el("article", {}, el("p", {}, el("span", { class: "dot" }), el("b", {}, told.name), ` · ${told.device}`,
    told.largest ? ` · ${say("largest")} ${told.largest.join("×")}` : "", gigabytes ? ` · ${say("free-memory")} ${gigabytes[0]} / ${gigabytes[1]} GB` : ""),
  el("p", { class: "quiet" }, told.models.join(", ")));
}

function progress(job) {
  if (job.state !== "running") return say("waiting");
  return el("progress", { value: job.step, max: job.steps || 1, title: `${job.step} / ${job.steps ?? "?"}` });
}

function decimal(value) {
  return value === null ? "–" : value.toLocaleString(language, { minimumFractionDigits: 1, maximumFractionDigits: 1 });
}

async function refreshPictures() {
  const asked = words;
  const found = await (await fetch(`pictures.json?words=${encodeURIComponent(asked)}`)).json();
  if (asked !== words) return;
  const shown = [...parts.gallery.children].map((one) => one.dataset.job).join();
  if (shown && shown === found.map((one) => String(one.id)).join()) return;
  parts.gallery.replaceChildren(...(found.length ? found.map(picture) : [el("p", { class: "quiet" }, say("nothing-found"))]));
}

function picture(told) {
  const image = el("img", { src: `picture/${told.id}`, alt: told.prompt, loading: "lazy" });
  const hidden = el("button", { class: `shown${told.unsafe ? " unsafe" : ""}`, type: "button", title: told.unsafe ? say("hidden") : `${told.width}×${told.height}, ${told.seed}` }, image);
  hidden.addEventListener("click", () => hidden.classList.remove("unsafe"));
  return el("figure", { "data-job": told.id }, hidden, el("figcaption", {}, el("b", {}, told.prompt), el("small", {}, `${told.who} · ${since(told.age)}`)));
}

for (;;) {
  const place = document.getElementById("updated");
  try {
    draw(await (await fetch(`board.json?language=${language}`)).json());
    await refreshPictures();
    lastRead = new Date().toTimeString().slice(0, 8);
    place.textContent = `${say("updated")} ${lastRead}`;
  } catch {
    place.textContent = `${say("away")} ${lastRead}`;
  }
  await new Promise((resolve) => { setTimeout(resolve, PAUSE_MS); });
}
