// The buttons that set the pace of the loop, if the server lets them.

const PACES = { pause: "paused", slow: "slow", run: "free" };

/// Shows the pace, and which buttons have a use.
export function showPace(group, { pace, waiting }) {
  group.hidden = pace === null;
  for (const button of group.querySelectorAll("button")) {
    if (button.value === "turn") button.disabled = pace !== "paused";
    else button.setAttribute("aria-pressed", `${PACES[button.value] === pace}`);
  }
  const others = waiting === 1 ? "1 connection waits" : `${waiting} connections wait`;
  group.querySelector("output").textContent = pace === "free" ? "" : `${others} for the turn that is held`;
}

/// Has the buttons ask the server.
export function listen(group) {
  group.addEventListener("click", async ({ target }) => {
    if (!target.value) return;
    const answer = await fetch(`loop/${target.value}`, { method: "POST" }).catch(() => null);
    if (!answer?.ok) group.querySelector("output").textContent = "The server refuses.";
  });
}
