//! The environment: the variables that stand for options, turned into arguments. An error then names the variable
//! instead of an option that the operator did not type.

use super::line::one_line;
use clap::{Arg, ArgMatches, Command, builder::Resettable, parser::ValueSource};
use std::{
    env,
    ffi::{OsStr, OsString},
    os::unix::ffi::{OsStrExt, OsStringExt},
};

/// The options that the environment gives.
#[derive(Debug, Default)]
pub(super) struct Environment {
    /// The options as arguments of the command line.
    pub(super) arguments: Vec<OsString>,
    /// The variables that give an option.
    variables: Vec<String>,
    /// Variables that are set but empty.
    empty: Vec<String>,
}

/// The command without its variables, for arguments that were typed.
pub(super) fn without_variables(command: Command) -> Command {
    command.mut_args(|option| option.env(Resettable::<clap::builder::OsStr>::Reset))
}

impl Environment {
    /// Reads the variables of the options that `typed` does not have.
    ///
    /// # Errors
    ///
    /// The line that says which variable has a bad value.
    pub(super) fn read(command: &Command, typed: &ArgMatches) -> Result<Self, String> {
        let mut found = Self::default();
        let mut built = command.clone();
        built.build();
        for option in built.get_arguments() {
            let Some(name) = option.get_env().and_then(OsStr::to_str) else {
                continue;
            };
            let is_typed = typed.value_source(option.get_id().as_str());
            let Some(value) = found.value(name, option.get_value_delimiter().is_some()) else {
                continue;
            };
            if is_typed != Some(ValueSource::CommandLine) {
                found.add(command, option, name, &value)?;
            }
        }
        Ok(found)
    }

    /// The value of a variable. A variable that is empty counts as not set, and is noted.
    pub(super) fn value(&mut self, name: &str, is_list: bool) -> Option<OsString> {
        let value = env::var_os(name)?;
        let value = tidy(value.as_bytes(), is_list);
        if value.is_empty() {
            self.empty.push(name.to_owned());
            return None;
        }
        Some(OsString::from_vec(value.to_vec()))
    }

    fn add(
        &mut self,
        command: &Command,
        option: &Arg,
        name: &str,
        value: &OsStr,
    ) -> Result<(), String> {
        let long = option.get_long().unwrap_or_default();
        if let Some(argument) = argument(option, long, name, value)? {
            let alone = [OsString::from("picture-frame"), argument.clone()];
            let parsed = without_variables(command.clone()).try_get_matches_from(alone);
            parsed.map_err(|error| naming(name, &option.to_string(), &one_line(&error)))?;
            self.arguments.push(argument);
            self.variables.push(name.to_owned());
        }
        Ok(())
    }

    /// The line for the log about variables that are set but empty, if there are any.
    pub(super) fn note(&self) -> Option<String> {
        let verb = match self.empty.len() {
            0 => return None,
            1 => "is set but empty, which counts",
            _ => "are set but empty, which count",
        };
        Some(format!("{} {verb} as not set", self.empty.join(", ")))
    }

    /// The name under which an option was given: its variable, or itself.
    pub(super) fn name(&self, option: &str) -> String {
        let upper = option.to_uppercase().replace('-', "_");
        let variable = format!("PICTURE_FRAME_{upper}");
        if self.variables.contains(&variable) {
            variable
        } else {
            format!("--{option}")
        }
    }
}

/// The value without the carriage return that an editor of another system leaves at its end, and a list without a comma
/// behind its last element.
fn tidy(value: &[u8], is_list: bool) -> &[u8] {
    let value = value.strip_suffix(b"\r").unwrap_or(value);
    if !is_list {
        return value;
    }
    let end = value
        .iter()
        .rposition(|byte| *byte != b',' && !byte.is_ascii_whitespace());
    end.map_or(&[], |end| &value[..=end])
}

/// The argument for an option of this value; none for a switch that is off.
fn argument(
    option: &Arg,
    long: &str,
    name: &str,
    value: &OsStr,
) -> Result<Option<OsString>, String> {
    let mut argument = OsString::from(format!("--{long}"));
    if option.get_action().takes_values() {
        argument.push("=");
        argument.push(value);
        return Ok(Some(argument));
    }
    match value.to_string_lossy().to_ascii_lowercase().as_str() {
        "1" | "true" | "yes" | "on" => Ok(Some(argument)),
        "0" | "false" | "no" | "off" => Ok(None),
        other => Err(format!(
            "{name} is {other:?}, which is neither 1 nor 0; try --help"
        )),
    }
}

/// Clap's line, with the variable's name in place of the option's.
fn naming(name: &str, option: &str, line: &str) -> String {
    let line = line.replace(option, name);
    if line.contains(name) {
        line
    } else {
        format!("{name}: {line}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_final_carriage_return_and_a_lists_final_comma_are_taken_off() {
        for (value, is_list, tidied) in [
            ("a", false, "a"),
            ("a\r", false, "a"),
            ("a,", false, "a,"),
            ("a,b,", true, "a,b"),
            ("a, \r", true, "a"),
            (",", true, ""),
            ("\r", false, ""),
        ] {
            assert_eq!(tidy(value.as_bytes(), is_list), tidied.as_bytes());
        }
    }

    #[test]
    fn an_error_names_the_variable_in_place_of_the_option() {
        let line = naming(
            "PICTURE_FRAME_A",
            "--a <N>",
            "invalid value 'x' for '--a <N>': no",
        );
        assert_eq!(line, "invalid value 'x' for 'PICTURE_FRAME_A': no");
        let line = naming("PICTURE_FRAME_A", "--a <N>", "invalid UTF-8");
        assert_eq!(line, "PICTURE_FRAME_A: invalid UTF-8");
    }
}
