// The connections: a row for each of the first hundred.

import { fill, seconds } from "./dom.js";

const COLUMNS = [
  "slot", "generation", "state:", "deadline", "entry of the wheel", "next event", "behind", "unread bytes",
  "unacknowledged bytes", "of the operator:",
];

/// Fills the table.
export function drawConnections(section, { rows, connections }) {
  section.querySelector("h2").textContent = connections > rows.length
    ? `Connections: the first ${rows.length} of ${connections}`
    : `Connections: ${connections}`;
  const values = rows.map((row) => [
    row.slot,
    row.generation,
    row.is_paused ? `${row.state}, not read` : row.state,
    seconds(row.deadline),
    seconds(row.armed),
    row.cursor?.next,
    row.cursor && `${row.cursor.behind}${row.cursor.is_blocked ? ", blocked" : ""}`,
    row.unread,
    row.unacknowledged,
    row.is_view ? "a view" : row.is_operators ? "yes" : "",
  ]);
  fill(section.querySelector("table"), COLUMNS, values);
}
