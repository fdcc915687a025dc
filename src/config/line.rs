//! The command line as clap defines it, and clap's errors on one line.

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

/// Clap's text of an error, on one line.
pub(super) fn one_line(error: &clap::Error) -> String {
    let text = error.to_string();
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
