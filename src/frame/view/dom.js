// Elements of the page, and the texts of durations.

/// Makes an element of SVG.
export function shape(name, attributes, text = "") {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.textContent = text;
  return made;
}

/// Draws a figure, and tells in words what it shows.
export function draw(svg, words, shapes) {
  svg.setAttribute("aria-label", words);
  svg.replaceChildren(...shapes);
}

/// The point at a part of a circle, clockwise from the top.
export function point(part, radius) {
  const angle = 2 * Math.PI * part;
  return [radius * Math.sin(angle), -radius * Math.cos(angle)].map((place) => place.toFixed(2));
}

/// An arc of a circle, from a part of it over a length.
export function arc(from, length, radius) {
  const end = from + Math.min(length, 0.9999);
  return `M${point(from, radius)}A${radius} ${radius} 0 ${length > 0.5 ? 1 : 0} 1 ${point(end, radius)}`;
}

/// Fills a table in which only changed cells are written. Columns are names; names of texts end with a colon.
export function fill(table, columns, rows) {
  if (!table.tHead) {
    const head = table.createTHead().insertRow();
    for (const name of columns) {
      const cell = head.appendChild(document.createElement("th"));
      cell.textContent = name.replace(":", "");
      cell.scope = "col";
      cell.className = name.endsWith(":") ? "text" : "";
    }
    table.createTBody();
  }
  const body = table.tBodies[0];
  while (body.rows.length > rows.length) body.deleteRow(-1);
  rows.forEach((row, at) => write(body.rows[at] ?? added(body, columns), row));
}

function added(body, columns) {
  const row = body.insertRow();
  for (const name of columns) row.insertCell().className = name.endsWith(":") ? "text" : "";
  return row;
}

function write(row, values) {
  values.forEach((value, at) => {
    const text = `${value ?? "–"}`;
    if (row.cells[at].textContent !== text) row.cells[at].textContent = text;
  });
}

/// A duration in nanoseconds, with two or three digits.
export function nanos(length) {
  if (length < 1e6) return `${digits(length / 1e3)} µs`;
  return length < 1e9 ? `${digits(length / 1e6)} ms` : `${digits(length / 1e9)} s`;
}

/// A duration in milliseconds, as seconds.
export function seconds(length) {
  return length === null ? null : `${(length / 1000).toFixed(2)} s`;
}

function digits(number) {
  return number < 10 ? number.toFixed(1) : number.toFixed(0);
}
