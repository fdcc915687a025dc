// What arrives from outside, made safe to show: a picture's texts stay texts, its addresses lead to the web or nowhere.
// Knows nothing of the document.

// Marks that change the direction of what follows them. Elements isolate a stranger's text; where there is no element
// (a title, a sentence of ours) the marks have to go.
const DIRECTION_MARKS = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

export function plain(text) {
  return text.replace(DIRECTION_MARKS, "");
}

// The address in full, or "" unless it is one of the web: never `javascript:`, `data:` or the like.
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

export function parsePicture(json, base) {
  try {
    return readPicture(JSON.parse(json), base);
  } catch {
    return null;
  }
}

export function isFromFlickr(picture) {
  return picture.page !== "" && new URL(picture.page).hostname === "www.flickr.com";
}

// Whether event `id` (milliseconds, a dash, a sequence number) came after `other`; anything comes after "".
export function isLater(id, other) {
  const [time, sequence] = id.split("-").map(Number);
  const [otherTime, otherSequence] = other.split("-").map(Number);
  return !other || time > otherTime || (time === otherTime && sequence > otherSequence);
}
