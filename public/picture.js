// Makes a stranger's picture safe to show, and says how large.

// The picture in an event, or null if it has no usable address or keyword.
export function readPicture(data, base) {
  const text = (name) => (typeof data?.[name] === "string" ? data[name].trim() : "");
  const picture = {};
  for (const name of ["id", "keyword", "title", "owner", "license"]) picture[name] = text(name);
  for (const name of ["page", "license_url"]) picture[name] = webAddress(text(name), base);
  // The server's own pictures lie beside the page, below any path that a proxy adds.
  picture.url = webAddress(text("url").replace(/^\/(?!\/)/, "./"), base);
  picture.isDrawn = picture.url.startsWith(new URL("gallery/", base).href);
  picture.title ||= picture.keyword;
  return picture.url && picture.keyword ? picture : null;
}

// The address of an http or https URL; "" for any other, as `javascript:` or `data:`.
function webAddress(text, base) {
  try {
    const url = new URL(text || "about:", base);
    return /^https?:$/.test(url.protocol) ? url.href : "";
  } catch {
    return "";
  }
}

// The most that a photograph is enlarged, in the screen's pixels, and the share of it that a window may cut off.
const ENLARGED = 1.5, CUT = 0.2;
// The room of a whole photograph in the window: its drift fills the rest.
const ROOM = 0.96;

// The scale at which a photograph hangs whole, or 0 if it covers the window and loses little.
export function scaleOf([width, height], [across, down], density) {
  if (!(width && height)) return 0;
  const cover = Math.max(across / width, down / height);
  const isCut = 1 - (across * down) / (width * height * cover ** 2) >= CUT;
  if (!isCut && cover * density < ENLARGED) return 0;
  return Math.min((ROOM * across) / width, (ROOM * down) / height, ENLARGED / density);
}

export const isLater = (id, other) => id.localeCompare(other, "en", { numeric: true }) > 0;
