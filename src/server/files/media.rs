//! Media types: the type of a file by the extension of its name.

use std::path::Path;

/// The types of files that websites have, each with its extensions. The order is that of RFC 6838's top-level types. The
/// lists of the crates for this have a thousand extensions more, and cost the program 200 KB.
const TYPES: [(&str, &str); 44] = [
    ("application/atom+xml", "atom"),
    ("application/epub+zip", "epub"),
    ("application/gzip", "gz tgz"),
    ("application/json", "json map"),
    ("application/ld+json", "jsonld"),
    ("application/manifest+json", "webmanifest"),
    ("application/pdf", "pdf"),
    ("application/rss+xml", "rss"),
    ("application/wasm", "wasm"),
    ("application/xhtml+xml", "xhtml xht"),
    ("application/yaml", "yaml yml"),
    ("application/zip", "zip"),
    ("audio/aac", "aac"),
    ("audio/flac", "flac"),
    ("audio/mp4", "m4a"),
    ("audio/mpeg", "mp3"),
    ("audio/ogg", "oga ogg opus"),
    ("audio/wav", "wav"),
    ("audio/webm", "weba"),
    ("font/otf", "otf"),
    ("font/ttf", "ttf"),
    ("font/woff", "woff"),
    ("font/woff2", "woff2"),
    ("image/apng", "apng"),
    ("image/avif", "avif"),
    ("image/bmp", "bmp"),
    ("image/gif", "gif"),
    ("image/jpeg", "jpg jpeg jpe jfif"),
    ("image/jxl", "jxl"),
    ("image/png", "png"),
    ("image/svg+xml", "svg"),
    ("image/tiff", "tif tiff"),
    ("image/webp", "webp"),
    ("image/x-icon", "ico"),
    ("model/gltf-binary", "glb"),
    ("model/gltf+json", "gltf"),
    ("text/calendar; charset=utf-8", "ics"),
    ("text/css; charset=utf-8", "css"),
    ("text/csv; charset=utf-8", "csv"),
    ("text/html; charset=utf-8", "html htm"),
    ("text/javascript; charset=utf-8", "js mjs cjs"),
    ("text/markdown; charset=utf-8", "md markdown"),
    ("text/plain; charset=utf-8", "txt text log ini conf"),
    ("text/vtt; charset=utf-8", "vtt"),
];

/// The type of a file whose extension is not known: bytes, which a browser saves to a file.
const UNKNOWN: &str = "application/octet-stream";

/// The media type of a file with this name. The case of the extension does not matter. Text is said to be UTF-8.
pub(super) fn media(name: &str) -> &'static str {
    let extension = Path::new(name).extension().and_then(|text| text.to_str());
    let is_known = |known: &&str| extension.is_some_and(|text| text.eq_ignore_ascii_case(known));
    let row = TYPES
        .iter()
        .find(|(_, extensions)| extensions.split(' ').any(|known| is_known(&known)));
    row.map_or(UNKNOWN, |(media, _)| media)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_says_its_encoding() {
        for (name, expected) in [
            ("index.html", "text/html; charset=utf-8"),
            ("a/frame.js", "text/javascript; charset=utf-8"),
            ("style.css", "text/css; charset=utf-8"),
            ("favicon.svg", "image/svg+xml"),
        ] {
            assert_eq!(media(name), expected, "{name}");
        }
    }

    #[test]
    fn the_last_extension_counts_in_any_case() {
        assert_eq!(media("a.html.PNG"), "image/png");
        for name in ["LICENSE", ".css", "a.css/b", "a.", "a.p", "a.html htm"] {
            assert_eq!(media(name), UNKNOWN, "{name}");
        }
    }

    #[test]
    fn every_extension_has_one_type() {
        let all = || {
            TYPES
                .iter()
                .flat_map(|(_, extensions)| extensions.split(' '))
        };
        for extension in all() {
            let known = all().filter(|known| *known == extension).count();
            assert_eq!(known, 1, "{extension}");
        }
    }
}
