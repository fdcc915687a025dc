// What arrives from outside, made safe to show: texts stay texts, addresses lead to the web or nowhere. Knows nothing of
// the document.

// Marks that turn the direction of what follows. An element isolates a stranger's text; in a sentence of ours or a
// title, where there is none, the marks have to go.
export function plain(text) {
  return text.replace(/[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, "");
}

// In full, or "" unless it is an address of the web: never `javascript:` or `data:`.
export function webAddress(text, base) {
  try {
    const url = new URL(text, base);
    return /^https?:$/.test(url.protocol) ? url.href : "";
  } catch {
    return "";
  }
}

// The picture in an event or an answer, or null where there is nothing to show.
export function readPicture(data, base) {
  const text = (name) => (typeof data?.[name] === "string" ? data[name].trim() : "");
  const address = (name) => text(name) && webAddress(text(name), base);
  const picture = {
    url: address("url"),
    keyword: text("keyword"),
    title: text("title"),
    owner: text("owner"),
    page: address("page"),
    license: text("license"),
    licenseUrl: address("license_url"),
  };
  return picture.url && picture.keyword ? picture : null;
}

// The value of a JSON text, or null: a proxy on the way answers its errors with a page of its own.
export function parse(json) {
  try {
    return JSON.parse(json);
  } catch {
    return null;
  }
}

export function isFromFlickr({ page }) {
  return page.startsWith("https://www.flickr.com/");
}

// Whether event `id` (milliseconds, a dash, a sequence number) came after `other`. Anything comes after "".
export function isLater(id, other) {
  return id.localeCompare(other, "en", { numeric: true }) > 0;
}
