// What arrives from outside, made safe to show: texts stay texts, addresses lead to the web. Knows no document.

// The picture in an event, or null where there is nothing to show.
export function readPicture(data, base) {
  const text = (name) => (typeof data?.[name] === "string" ? data[name].trim() : "");
  const address = (name) => webAddress(text(name), base);
  const [id, keyword, owner, license] = ["id", "keyword", "owner", "license"].map(text);
  const [url, page, licenseUrl] = ["url", "page", "license_url"].map(address);
  return url && keyword ? { id, url, keyword, title: text("title") || keyword, owner, page, license, licenseUrl } : null;
}

// "" for anything else: `javascript:`, `data:`, nonsense.
function webAddress(text, base) {
  try {
    const url = new URL(text || "about:", base);
    return /^https?:$/.test(url.protocol) ? url.href : "";
  } catch {
    return "";
  }
}

// Without the marks that turn the direction of what follows: in a sentence of ours no element isolates them.
export const plain = (text) => text.replace(/[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, "");

// Null for what is no JSON: a proxy's errors are pages.
export function parse(json) {
  try {
    return JSON.parse(json);
  } catch {
    return null;
  }
}
