//! Faults of Redis, each with the advice that the log gives.

use std::fmt;

/// The longest text of Redis that the log repeats, in characters.
const LONGEST: usize = 200;

/// A command that Redis did not carry out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Redis cannot be reached, or does not answer in time. It may have carried the command out all the same.
    Away(String),
    /// Redis has refused the command, with this code and text.
    Refused(String, String),
}

impl Fault {
    /// A refusal.
    pub fn refused(code: &str, text: &str) -> Self {
        let plain = |c: char| if c.is_control() { ' ' } else { c };
        let text = text.chars().take(LONGEST).map(plain).collect();
        Self::Refused(code.to_owned(), text)
    }

    /// The kind of the fault. The log has one line for faults of the same kind.
    pub fn kind(&self) -> &str {
        match self {
            Self::Away(_) => "away",
            Self::Refused(code, _) => code,
        }
    }

    /// True if another connection may lead to a server that does not refuse.
    pub fn is_of_this_connection(&self) -> bool {
        matches!(
            self.kind(),
            "away" | "READONLY" | "LOADING" | "MASTERDOWN" | "NOAUTH" | "WRONGPASS"
        )
    }

    /// True if Redis refuses every write at present, and not this command alone.
    pub fn is_of_every_write(&self) -> bool {
        self.is_of_this_connection() || matches!(self.kind(), "OOM" | "MISCONF" | "NOREPLICAS")
    }

    /// The advice for the operator.
    fn advice(&self) -> &'static str {
        match self.kind() {
            "NOAUTH" => "put the password into the URL, by PICTURE_FRAME_REDIS",
            "WRONGPASS" => "check user and password in the URL",
            "NOPERM" => "allow the user the commands and the keys that the README lists",
            "WRONGTYPE" => "the key holds something else; choose another one by --redis-key",
            "LOADING" => "Redis reads its data and is ready soon",
            "READONLY" => "this is a replica; name the master, or wait for the failover",
            "OOM" => "raise Redis' maxmemory, or remove other data",
            "MISCONF" => "Redis cannot write to its disk; make room for it",
            "NOREPLICAS" => "bring the replicas of Redis back",
            "MASTERDOWN" => "the replica has lost its master; wait for the failover",
            _ => "see Redis' log",
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Away(why) => write!(f, "is away ({why})"),
            Self::Refused(code, text) => write!(f, "refuses: {code} {text} ({})", self.advice()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_refusal_of_redis_is_one_line_that_says_what_to_do() {
        for code in [
            "NOAUTH",
            "WRONGPASS",
            "NOPERM",
            "WRONGTYPE",
            "LOADING",
            "READONLY",
            "OOM",
            "MISCONF",
        ] {
            let line = Fault::refused(code, "some\ntext").to_string();
            assert!(line.contains(code) && line.contains("some text"), "{line}");
            assert!(!line.contains("see Redis' log"), "{line}");
        }
        let long = Fault::refused("ERR", &"x".repeat(9999)).to_string();
        assert!(long.len() < 300, "{long}");
    }
}
