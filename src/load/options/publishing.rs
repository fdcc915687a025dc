//! The options that say in which form to publish, or that others publish.

use crate::load::wire::{
    publication::{MARKER, Publication},
    request,
    target::Target,
};
use clap::{Args, ValueEnum};
use percent_encoding::percent_decode_str;
use regex_lite::Regex;
use std::{fs, io::Read};

/// The longest body to publish, in bytes.
const MOST_BODY: u64 = 1 << 20;

/// The options about publishing.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Publishing")]
pub(crate) struct Publishing {
    /// The form in which the server takes what is published
    #[arg(long, value_enum, value_name = "NAME")]
    pub(crate) dialect: Option<Dialect>,

    /// The method of a publish, instead of the dialect's
    #[arg(long, value_name = "METHOD", value_parser = method)]
    pub(crate) publish_method: Option<String>,

    /// A field of a publish, such as 'Authorization: Bearer abc', instead of the dialect's of the same name; may be given
    /// several times. {marker} and (n) are replaced as in the body
    #[arg(long, value_name = "NAME: VALUE")]
    pub(crate) publish_header: Vec<String>,

    /// The body of a publish, or @ and the name of a file that holds it, instead of the dialect's. {marker} is replaced by
    /// the word that the server is to send in the event's data, and (n) by the number of the broadcast, from 0; also in the
    /// URL. A marker is 36 letters and digits, which need no escaping
    #[arg(long, value_name = "TEXT", value_parser = body)]
    pub(crate) publish_body: Option<Body>,

    /// Others publish: check that all subscribers get the same events. Latency counts from the moment in the event's id, if
    /// ids begin with milliseconds since 1970, or as --sent-at says
    #[arg(long, conflicts_with_all = ["publish", "dialect", "publish_method", "publish_header", "publish_body"])]
    pub(crate) listen_only: bool,

    /// A regular expression whose first group is, in the data of an event, when the event was published, in milliseconds
    /// since 1970
    #[arg(long, value_name = "REGEX", requires = "listen_only", value_parser = expression)]
    pub(crate) sent_at: Option<Regex>,
}

/// A body that was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Body(Vec<u8>);

/// A form in which servers take what is published.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Dialect {
    /// A form with a `keyword`, as picture-frame takes it
    #[default]
    Form,
    /// A JSON object with a `keyword`
    Json,
    /// The plain text, to a publisher location of nginx with Nchan (nchan.io, Publisher Endpoints)
    Nchan,
    /// A form with `topic` and `data`, to a Mercure hub (mercure.rocks/spec, Publication); the topic is that of the
    /// stream's URL, and --publish is the stream's URL without its query, unless given. The hub wants a token:
    /// --publish-header 'Authorization: Bearer …'
    Mercure,
    /// The plain text, to an ntfy topic (docs.ntfy.sh/publish); --publish is the stream's URL without /sse and
    /// query, unless given
    Ntfy,
}

const FORM: &str = "application/x-www-form-urlencoded";
const TEXT: &str = "text/plain";

impl Publishing {
    /// The form in which to publish to `target`. `stream` is the URL of the event stream.
    pub(crate) fn publication(&self, stream: &str, target: &Target) -> Result<Publication, String> {
        let dialect = self.dialect.unwrap_or_default();
        let (kind, body) = match &self.publish_body {
            Some(Body(body)) => (dialect.kind(), body.clone()),
            None => (dialect.kind(), dialect.body(stream)?.into_bytes()),
        };
        let fields = self.publish_header.iter();
        let fields = fields.map(|text| request::field("--publish-header", text));
        let mut publication = Publication {
            method: self.publish_method.clone().unwrap_or("POST".to_owned()),
            fields: fields.collect::<Result<_, _>>()?,
            body,
        };
        if !publication.has("content-type") && !publication.body.is_empty() {
            let kind = ("Content-Type".to_owned(), kind.to_owned());
            publication.fields.insert(0, kind);
        }
        if let Some(basic) = request::basic(target, 0)
            && !publication.has("authorization")
        {
            let basic = ("Authorization".to_owned(), basic);
            publication.fields.insert(0, basic);
        }
        match publication.has_marker(&target.path) {
            true => Ok(publication),
            false => Err(format!(
                "{MARKER} is neither in --publish-body nor in a --publish-header or the URL of --publish, so that no event could be told from others"
            )),
        }
    }

    /// Whether an option says in which form to publish.
    pub(crate) fn is_form(&self) -> bool {
        let is_given = [
            self.dialect.is_some(),
            self.publish_method.is_some(),
            self.publish_body.is_some(),
        ];
        is_given.contains(&true) || !self.publish_header.is_empty()
    }

    /// The URL to publish to where --publish names none, if the dialect knows it from that of the stream.
    pub(crate) fn url(&self, stream: &str) -> Option<String> {
        let path = stream.split(['?', '#']).next().unwrap_or_default();
        match self.dialect? {
            Dialect::Mercure => Some(path.to_owned()),
            Dialect::Ntfy => path.strip_suffix("/sse").map(str::to_owned),
            Dialect::Form | Dialect::Json | Dialect::Nchan => None,
        }
    }
}

impl Dialect {
    /// The media type of the body.
    fn kind(self) -> &'static str {
        match self {
            Self::Form | Self::Mercure => FORM,
            Self::Json => "application/json",
            Self::Nchan | Self::Ntfy => TEXT,
        }
    }

    fn body(self, stream: &str) -> Result<String, String> {
        Ok(match self {
            Self::Form => format!("keyword={MARKER}"),
            Self::Json => format!("{{\"keyword\":\"{MARKER}\"}}"),
            Self::Nchan | Self::Ntfy => MARKER.to_owned(),
            Self::Mercure => {
                let topic = topic(stream).ok_or(
                    "--dialect mercure takes the topic from the stream's URL: write …?topic=NAME, or give --publish-body",
                )?;
                let topic = form_urlencoded::byte_serialize(topic.as_bytes()).collect::<String>();
                format!("topic={topic}&data={MARKER}")
            }
        })
    }
}

/// The first topic in a stream's URL. A plus sign in a selector of topics is not taken for a space, as in a form.
fn topic(stream: &str) -> Option<String> {
    let (_, query) = stream.split_once('?')?;
    let query = query.split('#').next().unwrap_or_default();
    let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    let (_, topic) = pairs.find(|(name, _)| *name == "topic")?;
    Some(percent_decode_str(topic).decode_utf8_lossy().into_owned())
}

fn method(text: &str) -> Result<String, String> {
    match request::is_token(text) {
        true => Ok(text.to_owned()),
        false => Err("a method is a word such as PUT".to_owned()),
    }
}

fn body(text: &str) -> Result<Body, String> {
    let Some(name) = text.strip_prefix('@') else {
        return Ok(Body(text.as_bytes().to_vec()));
    };
    let mut body = Vec::new();
    let file = fs::File::open(name);
    let read = file.and_then(|file| file.take(MOST_BODY + 1).read_to_end(&mut body));
    match read {
        Ok(_) if body.len() as u64 > MOST_BODY => Err(format!("{name} has more than 1 MiB")),
        Ok(_) => Ok(Body(body)),
        Err(error) => Err(format!("{name}: {error}")),
    }
}

fn expression(text: &str) -> Result<Regex, String> {
    let regex = Regex::new(text).map_err(|error| error.to_string())?;
    match regex.captures_len() {
        0 | 1 => Err("a group in parentheses is needed, such as \"at\":([0-9]+)".to_owned()),
        _ => Ok(regex),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn publication(options: &Publishing, stream: &str) -> Result<Publication, String> {
        let target = Target::resolve("http://127.0.0.1:1/publish").unwrap();
        options.publication(stream, &target)
    }

    fn speaks(dialect: Dialect, stream: &str) -> (Option<String>, String, String) {
        let options = Publishing {
            dialect: Some(dialect),
            ..Publishing::default()
        };
        let publication = publication(&options, stream).unwrap();
        assert_eq!(publication.method, "POST");
        let kind = publication.fields[0].1.clone();
        let body = String::from_utf8(publication.body).unwrap();
        (options.url(stream), kind, body)
    }

    #[test]
    fn a_dialect_is_a_url_a_media_type_and_a_body() {
        let owned = |url: Option<&str>, kind: &str, body: &str| {
            (url.map(str::to_owned), kind.to_owned(), body.to_owned())
        };
        let any = "http://a/sub?id=1";
        let form = owned(None, FORM, "keyword={marker}");
        assert_eq!(speaks(Dialect::Form, any), form);
        let json = owned(None, "application/json", "{\"keyword\":\"{marker}\"}");
        assert_eq!(speaks(Dialect::Json, any), json);
        assert_eq!(speaks(Dialect::Nchan, any), owned(None, TEXT, "{marker}"));
        let url = Some("http://a/b");
        let ntfy = owned(url, TEXT, "{marker}");
        assert_eq!(speaks(Dialect::Ntfy, "http://a/b/sse?poll=0"), ntfy);
        let mercure = owned(url, FORM, "topic=http%3A%2F%2Fx%2F1&data={marker}");
        let stream = "http://a/b?x=y&topic=http%3A%2F%2Fx%2F1&topic=z";
        assert_eq!(speaks(Dialect::Mercure, stream), mercure);
    }

    #[test]
    fn what_is_given_takes_the_place_of_the_dialect_s() {
        let options = Publishing {
            dialect: Some(Dialect::Json),
            publish_method: Some("PUT".to_owned()),
            publish_header: vec!["content-type: a/b".to_owned()],
            publish_body: Some(body("x{marker}").unwrap()),
            ..Publishing::default()
        };
        let it = publication(&options, "http://a/").unwrap();
        assert_eq!((&*it.method, &*it.body), ("PUT", &b"x{marker}"[..]));
        assert_eq!(it.fields, [("content-type".to_owned(), "a/b".to_owned())]);
    }

    #[test]
    fn a_publish_that_no_event_could_be_told_by_is_refused() {
        let mut options = Publishing {
            publish_body: Some(body("{n}").unwrap()),
            ..Publishing::default()
        };
        assert!(
            publication(&options, "http://a/")
                .unwrap_err()
                .contains(MARKER)
        );
        options.publish_header = vec!["a:{marker}".to_owned()];
        assert!(publication(&options, "http://a/").is_ok());
        options = Publishing {
            dialect: Some(Dialect::Mercure),
            ..Publishing::default()
        };
        assert!(
            publication(&options, "http://a/")
                .unwrap_err()
                .contains("topic")
        );
    }

    #[test]
    fn a_field_or_a_method_cannot_break_the_request_and_no_value_is_shown() {
        for wrong in [
            "secret",
            ":secret",
            "a b: secret",
            "a: b\r\nc: secret",
            "Expect: secret",
        ] {
            let options = Publishing {
                publish_header: vec![wrong.to_owned()],
                ..Publishing::default()
            };
            let told = publication(&options, "http://a/").unwrap_err();
            assert!(
                told.starts_with("--publish-header") && !told.contains("secret"),
                "{told}"
            );
        }
        assert!(method("PUT").is_ok() && method("").is_err() && method("A B").is_err());
    }

    #[test]
    fn an_expression_needs_a_group() {
        assert!(expression("a([0-9]+)").is_ok());
        assert!(expression("a").is_err() && expression("(").is_err());
    }
}
