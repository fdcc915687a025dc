// Fades the controls away while pointer and keys rest, so that a plain page can hang on a wall.

// Ms of rest until the controls fade.
const REST = 6000;

const page = document.body.classList;
let timer, at, byKeys = false;

export const isResting = () => page.contains("rests");

// Fades the controls when nothing moves, unless `isInUse` or the keyboard's focus is on a control.
export function restUnless(isInUse) {
  const wake = () => {
    page.remove("rests");
    clearTimeout(timer);
    timer = setTimeout(rest, REST);
  };
  const rest = () => {
    const hasFocus = byKeys && document.activeElement !== document.body;
    if (hasFocus || isInUse()) return wake();
    page.add("rests");
  };
  addEventListener("pointermove", ({ screenX, screenY }) => {
    // Browsers send a move, too, when the page moves under a pointer that rests.
    if (at !== (at = `${screenX} ${screenY}`)) wake();
  });
  for (const name of ["pointerdown", "wheel", "touchmove"]) addEventListener(name, wake, { passive: true });
  addEventListener("keydown", ({ key }) => {
    if (key === "Tab") byKeys = true;
    wake();
  });
  for (const name of ["pointerdown", "submit"]) addEventListener(name, () => (byKeys = false));
  wake();
}
