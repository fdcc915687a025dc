//! The command line as clap defines it, and clap's errors on one line.

/// The end of the help.
pub(super) const AFTER_HELP: &str = "\
Each option is also read from the environment variable named beside it; a flag beats it, and it beats PORT. A list is \
separated by commas, and an empty variable counts as not set.
Sockets that systemd hands over are listened on as well: a socket of the name admin as --admin, any other as --listen.
Flickr is asked through the proxy that HTTPS_PROXY or ALL_PROXY names, unless NO_PROXY lists its host.
Logging goes to standard error; RUST_LOG sets its level (error, warn, info, debug, trace; default info).
SIGTERM and SIGINT stop the server; SIGQUIT ends it at once; SIGUSR2 has the binary that now has this one's place take over, \
with all connections; SIGHUP and SIGUSR1 are a line in the log.
Exit status: 0 stopped by a signal; 1 the server could not run; 2 a bad option; 131 SIGQUIT; 128 + n a second signal n.";

/// Lets each option of `command` and of `load` take any value. The argument after an option is its value, also if it begins with a hyphen: an error then names
/// the option that took the value, instead of an unexpected argument.
pub(super) fn with_any_values(command: clap::Command) -> clap::Command {
    let options = |command: clap::Command| {
        command.mut_args(|option| match option.get_long() {
            Some(_) if option.get_action().takes_values() => option.allow_hyphen_values(true),
            _ => option,
        })
    };
    options(command).mut_subcommand("load", |load| {
        options(load)
            .mut_subcommand("merge", options)
            .mut_subcommand("compare", options)
    })
}

/// Clap's text of an error, on one line, without the user and the password of a URL that was typed in a wrong place.
pub(super) fn one_line(error: &clap::Error) -> String {
    let text = without_passwords(&error.to_string());
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let said: Vec<&str> = lines
        .take_while(|line| !line.starts_with("Usage:"))
        .collect();
    let said = said.join(" ");
    let said = said.strip_prefix("error: ").unwrap_or(&said);
    let said = said
        .strip_suffix("For more information, try '--help'.")
        .unwrap_or(said);
    format!("{}; try --help", said.trim_end_matches(['.', ' ']))
}

/// A text in which no URL has a user and a password.
fn without_passwords(text: &str) -> String {
    let mut parts = text.split("://");
    let mut hidden = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let end = part
            .find(|c: char| c.is_whitespace() || c == '\'')
            .unwrap_or(part.len());
        let host = part[..end].rfind('@').map_or(0, |at| at + 1);
        hidden = hidden + "://" + &part[host..];
    }
    hidden
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_told_without_its_password() {
        for (text, hidden) in [
            ("no 'redis://me:a@b@c:1' here", "no 'redis://c:1' here"),
            (
                "http://a/ and http://:p@b, me@c",
                "http://a/ and http://b, me@c",
            ),
            ("nothing", "nothing"),
        ] {
            assert_eq!(without_passwords(text), hidden);
        }
    }
}
