// What comes from strangers, made safe to show. Knows no document.

// The picture in an event, or null where there is nothing to show.
export function readPicture(data, base) {
  const text = (name) => (typeof data?.[name] === "string" ? data[name].trim() : "");
  const picture = {};
  for (const name of ["id", "keyword", "title", "owner", "license"]) picture[name] = text(name);
  for (const name of ["page", "license_url"]) picture[name] = webAddress(text(name), base);
  // The server's own pictures lie beside the page, below whichever path a proxy has put it.
  picture.url = webAddress(text("url").replace(/^\/(?!\/)/, "./"), base);
  picture.title ||= picture.keyword;
  return picture.url && picture.keyword ? picture : null;
}

// Never `javascript:`, `data:` or nonsense.
function webAddress(text, base) {
  try {
    const url = new URL(text || "about:", base);
    return /^https?:$/.test(url.protocol) ? url.href : "";
  } catch {
    return "";
  }
}
