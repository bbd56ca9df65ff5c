// A press is a click only if what was pressed is still there when it is released: until then nothing is redrawn.

const LONGEST_MS = 1000; // a release may never be told, as that of a scrollbar
const held = [];
let pressed = false;

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
  setTimeout(release, LONGEST_MS);
}, true);
// The click follows the release at once, before a timer.
for (const end of ["pointerup", "pointercancel"]) addEventListener(end, () => setTimeout(release), true);
