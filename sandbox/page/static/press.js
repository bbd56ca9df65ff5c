// A press is a click only if what was pressed is still there when it is released: until then nothing is redrawn.

const LONGEST_MS = 10_000; // a release may never be told, as that of a scrollbar
const held = [];
let pressed = false;
let latest = 0;

/** Do something now, or in its turn once nothing is pressed. */
export function unlessPressed(act) {
  if (pressed) held.push(act);
  else act();
}

function release() {
  pressed = false;
  held.splice(0).forEach((act) => act());
}

addEventListener("pointerdown", () => {
  pressed = true;
  clearTimeout(latest);
  latest = setTimeout(release, LONGEST_MS);
}, true);
// The pointer that moves without a button was released where nobody told of it.
addEventListener("pointermove", (event) => pressed && !event.buttons && release(), true);
// The click follows the release at once, before a timer.
for (const end of ["pointerup", "pointercancel"]) addEventListener(end, () => setTimeout(release), true);
