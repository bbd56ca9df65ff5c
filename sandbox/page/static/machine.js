// The programs beside the server, and the machine on which they run: its disk, its clock, the way of updates.
import { el } from "./dom.js";
import { button, DAY, HOUR, section, span, toggle } from "./panel.js";
import { say, state } from "./state.js";

/** Return the sections of bot and engine, if whoever started the server lets them be controlled. */
export function machine(act) {
  return state.surroundings ? [programs(act), surroundings(act)] : [];
}

function programs(act) {
  return section(say("programs"), say("programs-hint"), state.programs.map((program) => {
    const running = program.state === "running";
    const go = (key, what, kind) => button(say(key), () => act("program", { name: program.name, do: what }), kind, `${say(key)}: ${program.name}`);
    return el("div", { class: "program" },
      el("div", { class: "line-up" },
        el("span", { class: `dot ${program.state}` }), el("b", {}, program.name),
        el("small", {}, say(`state-${program.state}`), program.state === "ended" ? ` (${program.code})` : ""),
        running ? [go("kill", "kill", "danger"), go("stop", "stop")] : go("start-program", "start", "primary")),
      program.state === "ended" && program.tail.length ? el("pre", {}, program.tail.slice(-6).join("\n")) : null);
  }));
}

function surroundings(act) {
  const { disk, disk_can: can, ahead, webhook } = state.surroundings;
  const around = (body) => act("surround", body);
  const jump = (text, seconds) => button(text, () => around({ clock: seconds }));
  return section(say("surroundings"), say(can.length ? "surroundings-hint" : "disk-cannot"),
    can.length ? el("div", { class: "line-up" }, el("span", {}, say("disk")), ["well", ...can].map((one) =>
      button(say(`disk-${one}`), () => around({ disk: one }), one !== disk ? "" : one === "well" ? "primary" : "danger"))) : null,
    el("div", { class: "line-up" }, el("span", {}, say("own-clock")),
      [-DAY, -HOUR, HOUR, DAY].map((seconds) => jump(span(seconds), seconds)), ahead ? jump(`${say("right")} (${span(ahead)})`, -ahead) : null),
    toggle(say("webhook-mode"), webhook, (on) => around({ webhook: on })));
}
