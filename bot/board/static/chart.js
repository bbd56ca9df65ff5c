// Bars by day: what became of the requests of each.
import { el } from "./parts.js";

const KINDS = ["done", "unfinished", "cancelled", "failed"];
const HEIGHT = 120;
const DAY_MS = 86_400_000;

export function chart(days, say) {
  const total = (day) => KINDS.reduce((sum, kind) => sum + day[kind], 0);
  const most = Math.max(1, ...days.map(total));
  return el("div", { class: "chart" },
    el("div", { class: "bars", role: "img", "aria-label": say("days") }, days.map((day) => {
      const date = new Date(day.day * DAY_MS);
      const title = `${date.toISOString().slice(0, 10)}: ${KINDS.map((kind) => `${say(kind)} ${day[kind]}`).join(", ")}`;
      const bar = el("div", { class: "bar", title }, [...KINDS].reverse().map((kind) => piece(kind, day[kind], most)));
      return el("div", { class: "day" }, total(day) ? el("b", {}, String(total(day))) : null, bar, el("small", {}, String(date.getUTCDate())));
    })),
    el("p", { class: "legend" }, KINDS.map((kind) => el("small", {}, el("i", { class: kind }), say(kind)))));
}

function piece(kind, count, most) {
  const shown = el("i", { class: kind });
  shown.style.setProperty("height", `${(count / most) * HEIGHT}px`);
  return shown;
}
