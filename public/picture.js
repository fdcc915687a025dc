// Makes a stranger's picture safe to show. Uses no document.

// The picture in an event, or null if it has no usable address or keyword.
export function readPicture(data, base) {
  const text = (name) => (typeof data?.[name] === "string" ? data[name].trim() : "");
  const picture = {};
  for (const name of ["id", "keyword", "title", "owner", "license"]) picture[name] = text(name);
  for (const name of ["page", "license_url"]) picture[name] = webAddress(text(name), base);
  // The server's own pictures lie beside the page, below any path that a proxy adds.
  picture.url = webAddress(text("url").replace(/^\/(?!\/)/, "./"), base);
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
