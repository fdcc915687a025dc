//! The requests of subscribers and fetchers: the fields that a user adds, and a token for each subscriber. Pure but for
//! reading the file of tokens.

use super::{target::Target, url::numbered};
use base64::{Engine, prelude::BASE64_STANDARD};
use std::{fs, path::Path};

/// Fields that say how long a request is, and how its connection goes on: this program sets them itself.
const FRAMING: [&str; 4] = [
    "content-length",
    "transfer-encoding",
    "connection",
    "expect",
];
/// Fields that are for one server alone, and not for another that it redirects to.
const PRIVATE: [&str; 2] = ["authorization", "cookie"];

/// The fields that are added to each request.
#[derive(Clone, Default)]
pub(crate) struct Additions {
    /// Names and values, in which `{n}` stands for the subscriber's number.
    fields: Vec<(String, String)>,
    /// The subscriber with number n has token n, and if there are fewer, they begin anew.
    tokens: Vec<Box<str>>,
}

/// A request of a subscriber: the part that the user has no say in.
#[derive(Clone, Copy)]
pub(crate) struct Ask<'a> {
    pub(crate) target: &'a Target,
    /// Path and query.
    pub(crate) path: &'a str,
    /// The number of the subscriber.
    pub(crate) number: u32,
    /// Whether another server has redirected the subscriber to this.
    pub(crate) is_abroad: bool,
}

impl Additions {
    /// Reads fields as `Name: value`, and a file with a token in each line. An error shows no value, for it may be secret.
    pub(crate) fn read(fields: &[String], tokens: Option<&Path>) -> Result<Self, String> {
        let fields: Vec<_> = fields
            .iter()
            .map(|text| field("--header", text))
            .collect::<Result<_, _>>()?;
        let tokens = tokens.map(read_tokens).transpose()?.unwrap_or_default();
        let additions = Self { fields, tokens };
        match additions.has("authorization") && !additions.tokens.is_empty() {
            true => {
                Err("--bearer-file and --header both give an Authorization: give one".to_owned())
            }
            false => Ok(additions),
        }
    }

    /// Whether a request to `target` would have two `Authorization` fields.
    pub(crate) fn check(&self, target: &Target) -> Result<(), String> {
        match target.user.is_some() && (self.has("authorization") || !self.tokens.is_empty()) {
            true => Err("the URL has a user, and --bearer-file or --header gives an Authorization as well: give one".to_owned()),
            false => Ok(()),
        }
    }

    /// The number of tokens.
    pub(crate) fn tokens(&self) -> usize {
        self.tokens.len()
    }

    fn has(&self, name: &str) -> bool {
        self.fields
            .iter()
            .any(|(other, _)| other.eq_ignore_ascii_case(name))
    }

    /// The request, with the fields `own` as far as the user does not give them. A field of the user with an empty value
    /// leaves the field out.
    pub(crate) fn request(&self, ask: Ask<'_>, own: &[(&str, &[u8])]) -> Vec<u8> {
        let mut request = Request(format!("GET {} HTTP/1.1\r\n", ask.path).into_bytes());
        let host = ("Host", ask.target.host.as_bytes());
        for (name, value) in [host].iter().chain(own) {
            if ask.is_abroad && *name == "Host" || !self.has(name) {
                request.field(name, value);
            }
        }
        for (name, value) in &self.fields {
            let is_private = PRIVATE.iter().any(|other| name.eq_ignore_ascii_case(other));
            let is_host = name.eq_ignore_ascii_case("host");
            if !value.is_empty() && !(ask.is_abroad && (is_private || is_host)) {
                request.field(name, numbered(value, ask.number).as_bytes());
            }
        }
        if let Some(value) = self.authorization(ask) {
            request.field("Authorization", value.as_bytes());
        }
        request.0.extend_from_slice(b"\r\n");
        request.0
    }

    fn authorization(&self, ask: Ask<'_>) -> Option<String> {
        if let Some(basic) = basic(ask.target, ask.number) {
            return Some(basic);
        }
        let turn = (ask.number as usize).checked_rem(self.tokens.len())?;
        (!ask.is_abroad).then(|| format!("Bearer {}", self.tokens[turn]))
    }
}

/// The `Authorization` of the user in a URL (RFC 7617), if there is any.
pub(crate) fn basic(target: &Target, number: u32) -> Option<String> {
    let user = numbered(target.user.as_ref()?, number);
    Some(format!("Basic {}", BASE64_STANDARD.encode(&*user)))
}

struct Request(Vec<u8>);

impl Request {
    fn field(&mut self, name: &str, value: &[u8]) {
        for part in [name.as_bytes(), b": ", value, b"\r\n"] {
            self.0.extend_from_slice(part);
        }
    }
}

/// The name and the value of a field that `option` gives (RFC 9110, section 5). An error shows no value.
pub(crate) fn field(option: &str, text: &str) -> Result<(String, String), String> {
    let Some((name, value)) = text.split_once(':') else {
        return Err(format!(
            "{option}: a name, a colon and a value are needed, as 'Accept-Language: de'"
        ));
    };
    if !is_token(name) {
        return Err(format!(
            "{option}: what is before the colon is no name of a field"
        ));
    }
    if FRAMING.iter().any(|other| name.eq_ignore_ascii_case(other)) {
        return Err(format!("{option} {name}: this field cannot be chosen"));
    }
    if !is_value(value) {
        return Err(format!(
            "{option} {name}: the value has a control character"
        ));
    }
    Ok((name.to_owned(), value.trim().to_owned()))
}

/// Whether `text` is a token (RFC 9110, section 5.6.2).
pub(crate) fn is_token(text: &str) -> bool {
    let may = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !text.is_empty() && text.bytes().all(may)
}

fn is_value(text: &str) -> bool {
    text.bytes()
        .all(|byte| byte == b'\t' || !byte.is_ascii_control())
}

fn read_tokens(file: &Path) -> Result<Vec<Box<str>>, String> {
    let wrong = |why: &str| format!("--bearer-file {}: {why}", file.display());
    let text = fs::read_to_string(file).map_err(|error| wrong(&error.to_string()))?;
    let tokens: Vec<Box<str>> = text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .map(Box::from)
        .collect();
    if let Some(line) = tokens.iter().position(|token| !is_value(token)) {
        return Err(wrong(&format!("token {line} has a control character")));
    }
    match tokens.is_empty() {
        true => Err(wrong("no line with a token")),
        false => Ok(tokens),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn additions(fields: &[&str], tokens: &str) -> Result<Additions, String> {
        let fields: Vec<_> = fields.iter().map(|field| (*field).to_owned()).collect();
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(tokens.as_bytes()).unwrap();
        let tokens = (!tokens.is_empty()).then_some(file.path());
        Additions::read(&fields, tokens)
    }

    fn asked(additions: &Additions, url: &str, number: u32, is_abroad: bool) -> String {
        let target = Target::resolve(url).unwrap();
        let ask = Ask {
            target: &target,
            path: &target.path(number),
            number,
            is_abroad,
        };
        let own: [(&str, &[u8]); 2] = [
            ("Accept", b"text/event-stream"),
            ("Cache-Control", b"no-cache"),
        ];
        String::from_utf8(additions.request(ask, &own)).unwrap()
    }

    #[test]
    fn a_request_has_the_user_s_fields_in_place_of_its_own() {
        let additions = additions(
            &["x-a: b{n}", "accept:*/*", "Cache-Control:", "Host: c"],
            "",
        )
        .unwrap();
        assert_eq!(
            asked(&additions, "http://127.0.0.1:4000/{n}", 3, false),
            "GET /3 HTTP/1.1\r\nx-a: b3\r\naccept: */*\r\nHost: c\r\n\r\n"
        );
        assert_eq!(
            asked(&Additions::default(), "http://127.0.0.1:4000/", 3, false),
            "GET / HTTP/1.1\r\nHost: 127.0.0.1:4000\r\nAccept: text/event-stream\r\nCache-Control: no-cache\r\n\r\n"
        );
    }

    #[test]
    fn each_subscriber_has_its_token_and_tokens_begin_anew() {
        let additions = additions(&[], "one\n\n two \n").unwrap();
        assert_eq!(additions.tokens(), 2);
        for (number, token) in [(0, "one"), (1, "two"), (2, "one")] {
            let request = asked(&additions, "http://127.0.0.1/", number, false);
            assert!(
                request.contains(&format!("\r\nAuthorization: Bearer {token}\r\n")),
                "{request}"
            );
        }
    }

    #[test]
    fn a_user_in_the_url_is_basic_authorization() {
        let request = asked(
            &Additions::default(),
            "http://user{n}:pass@127.0.0.1/",
            7,
            true,
        );
        // user7:pass
        assert!(
            request.contains("\r\nHost: 127.0.0.1\r\n")
                && request.contains("\r\nAuthorization: Basic dXNlcjc6cGFzcw==\r\n"),
            "{request}"
        );
    }

    #[test]
    fn secrets_are_not_for_another_server() {
        for (fields, tokens) in [
            (&["Authorization: a", "Cookie: b", "Host: c"][..], ""),
            (&[], "d"),
        ] {
            let additions = additions(fields, tokens).unwrap();
            let request = asked(&additions, "http://127.0.0.1/", 0, true);
            assert!(
                !request.contains("Authorization") && !request.contains("Cookie"),
                "{request}"
            );
            assert!(request.contains("\r\nHost: 127.0.0.1\r\n"), "{request}");
        }
    }

    #[test]
    fn a_field_that_cannot_be_sent_is_refused_without_its_value() {
        for (fields, tokens) in [
            (&["secret"][..], ""),
            (&[": secret"], ""),
            (&["a b: secret"], ""),
            (&["a: secret\r\nb: c"], ""),
            (&["Content-Length: secret"], ""),
            (&["Authorization: secret"], "secret"),
            (&[], "\n"),
            (&[], "secret\u{1}"),
        ] {
            let told = additions(fields, tokens).err().unwrap();
            assert!(!told.contains("secret") && told.contains("--"), "{told}");
        }
    }
}
