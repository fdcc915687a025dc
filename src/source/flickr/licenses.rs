//! Flickr's licences by number, as `flickr.photos.licenses.getInfo` lists them.

/// The licence's name, and the URL of its text if it has one. None for a number that is not in the list.
pub(super) fn license(id: u64) -> Option<(&'static str, Option<&'static str>)> {
    let &(name, url) = LICENSES.get(usize::try_from(id).ok()?)?;
    Some((name, Some(url).filter(|url| !url.is_empty())))
}

const LICENSES: [(&str, &str); 17] = [
    ("All Rights Reserved", ""),
    (
        "CC BY-NC-SA 2.0",
        "https://creativecommons.org/licenses/by-nc-sa/2.0/",
    ),
    (
        "CC BY-NC 2.0",
        "https://creativecommons.org/licenses/by-nc/2.0/",
    ),
    (
        "CC BY-NC-ND 2.0",
        "https://creativecommons.org/licenses/by-nc-nd/2.0/",
    ),
    ("CC BY 2.0", "https://creativecommons.org/licenses/by/2.0/"),
    (
        "CC BY-SA 2.0",
        "https://creativecommons.org/licenses/by-sa/2.0/",
    ),
    (
        "CC BY-ND 2.0",
        "https://creativecommons.org/licenses/by-nd/2.0/",
    ),
    (
        "No known copyright restrictions",
        "https://www.flickr.com/commons/usage/",
    ),
    (
        "United States Government Work",
        "https://www.usa.gov/government-copyright",
    ),
    (
        "Public Domain Dedication (CC0)",
        "https://creativecommons.org/publicdomain/zero/1.0/",
    ),
    (
        "Public Domain Mark",
        "https://creativecommons.org/publicdomain/mark/1.0/",
    ),
    ("CC BY 4.0", "https://creativecommons.org/licenses/by/4.0/"),
    (
        "CC BY-SA 4.0",
        "https://creativecommons.org/licenses/by-sa/4.0/",
    ),
    (
        "CC BY-ND 4.0",
        "https://creativecommons.org/licenses/by-nd/4.0/",
    ),
    (
        "CC BY-NC 4.0",
        "https://creativecommons.org/licenses/by-nc/4.0/",
    ),
    (
        "CC BY-NC-SA 4.0",
        "https://creativecommons.org/licenses/by-nc-sa/4.0/",
    ),
    (
        "CC BY-NC-ND 4.0",
        "https://creativecommons.org/licenses/by-nc-nd/4.0/",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_creative_commons_name_and_its_url_agree() {
        for (name, url) in LICENSES.iter().filter(|(name, _)| name.starts_with("CC ")) {
            let path = name[3..].to_lowercase().replace(' ', "/");
            assert_eq!(
                *url,
                format!("https://creativecommons.org/licenses/{path}/")
            );
        }
    }

    #[test]
    fn a_reserved_photo_has_no_text_and_an_unknown_number_nothing() {
        assert_eq!(license(0), Some(("All Rights Reserved", None)));
        assert_eq!(license(4).unwrap().0, "CC BY 2.0");
        assert_eq!(license(17), None);
        assert_eq!(license(u64::MAX), None);
    }
}
