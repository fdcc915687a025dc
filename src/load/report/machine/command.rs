//! A command line as a shell takes it, without the secrets in it: a report is shown to others. Pure.

use crate::load::wire::url;

/// Options whose value may be a secret, and the options' short names.
const SECRET: [&str; 4] = ["-H", "--header", "--publish-header", "--publish-body"];
/// Parts of the names of query parameters whose value may be a secret.
const SECRET_NAMES: [&str; 8] = [
    "token", "key", "secret", "pass", "auth", "sig", "jwt", "session",
];
const HIDDEN: &str = "[redacted]";

/// The command line of these arguments, of which the first is the program.
pub(super) fn line(arguments: impl IntoIterator<Item = String>) -> String {
    let mut words = Vec::new();
    let mut option = None;
    for argument in arguments {
        let word = match option.take() {
            Some(option) => redacted(option, &argument),
            None => shown(&argument),
        };
        option = SECRET.into_iter().find(|name| *name == argument);
        words.push(quoted(&word));
    }
    words.join(" ")
}

/// An argument that is not the value of an option before it: a value may follow the option's name in the same argument.
fn shown(argument: &str) -> String {
    for option in SECRET {
        let Some(rest) = argument.strip_prefix(option) else {
            continue;
        };
        let is_long = option.starts_with("--");
        match rest.strip_prefix('=') {
            Some(value) => return format!("{option}={}", redacted(option, value)),
            None if !is_long && !rest.is_empty() => {
                return format!("{option}{}", redacted(option, rest));
            }
            None => {}
        }
    }
    without_secrets(&url::shown(argument))
}

/// The value of an option without the secret: of a field its name stays, and of a body the name of its file.
fn redacted(option: &str, value: &str) -> String {
    match (option, value.split_once(':')) {
        ("--publish-body", _) if value.starts_with('@') => value.to_owned(),
        ("--publish-body", _) | (_, None) => HIDDEN.to_owned(),
        (_, Some((name, _))) => format!("{name}: {HIDDEN}"),
    }
}

/// A URL without the values of query parameters that sound like secrets, and any other text as it is.
pub(crate) fn without_secrets(text: &str) -> String {
    let Some((place, query)) = text.split_once('?') else {
        return text.to_owned();
    };
    let parameters = query
        .split('&')
        .map(|parameter| match parameter.split_once('=') {
            Some((name, _)) if is_secret(name) => format!("{name}={HIDDEN}"),
            _ => parameter.to_owned(),
        });
    format!("{place}?{}", parameters.collect::<Vec<_>>().join("&"))
}

fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    SECRET_NAMES.iter().any(|part| name.contains(part))
}

/// A word as a shell takes it.
fn quoted(word: &str) -> String {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "-_./:=,@%+".contains(letter);
    match !word.is_empty() && word.chars().all(is_plain) {
        true => word.to_owned(),
        false => format!("'{}'", word.replace('\'', "'\\''")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_line_is_as_a_shell_takes_it() {
        let words = [
            "picture-frame",
            "load",
            "http://a/?b=c&d",
            "--title",
            "It's a run",
            "",
        ];
        assert_eq!(
            line(words.map(str::to_owned)),
            "picture-frame load 'http://a/?b=c&d' --title 'It'\\''s a run' ''"
        );
    }

    #[test]
    fn secrets_are_not_in_a_command_line() {
        for (words, shown) in [
            (
                &["-H", "Authorization: Bearer abc"][..],
                "-H 'Authorization: [redacted]'",
            ),
            (&["--header=X-Key: abc"], "'--header=X-Key: [redacted]'"),
            (&["-HCookie: abc"], "'-HCookie: [redacted]'"),
            (&["-H=Cookie: abc"], "'-H=Cookie: [redacted]'"),
            (&["--header", "abc"], "--header '[redacted]'"),
            (
                &["--publish-header", "A: abc", "--publish-body", "abc"],
                "--publish-header 'A: [redacted]' --publish-body '[redacted]'",
            ),
            (&["--publish-body", "@form.txt"], "--publish-body @form.txt"),
            (&["--bearer-file", "token.txt"], "--bearer-file token.txt"),
            (
                &["http://a/?Access_Token=abc&x=1"],
                "'http://a/?Access_Token=[redacted]&x=1'",
            ),
            (&["https://me:abc@a/"], "'https://***@a/'"),
            (
                &["--publish", "http://a/?apikey=abc"],
                "--publish 'http://a/?apikey=[redacted]'",
            ),
        ] {
            let line = line(words.iter().map(|word| (*word).to_owned()));
            assert_eq!(line, shown);
            assert!(!line.contains("abc"), "{line}");
        }
    }
}
