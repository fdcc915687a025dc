//! A connection to Redis: commands in a pipeline, and their replies.
//!
//! A connection that has failed is dropped, and never used again: the reply to the next command would be the reply to
//! the command that was given up.

use super::{fault::Fault, url::RedisUrl};
use crate::event::Id;
use redis::{Client, Connection, ConnectionLike as _, ErrorKind, Pipeline, RedisError, Value};
use std::time::Duration;

/// Bound on connecting, TLS and password included.
const CONNECT: Duration = Duration::from_secs(1);

/// A connection to Redis.
pub struct Link {
    connection: Connection,
    url: RedisUrl,
}

/// The reply to a command.
pub type Reply = Result<Value, Fault>;

impl Link {
    /// Connects to the server at `url`. Each reply will be awaited for `patience`.
    ///
    /// # Errors
    ///
    /// [`Fault`] if the server cannot be reached, or refuses the password.
    pub fn open(url: &RedisUrl, patience: Duration) -> Result<Self, Fault> {
        let url = url.clone();
        let fault = |error| fault(&url, &error);
        let client = Client::open(url.info.clone()).map_err(fault)?;
        let connection = client.get_connection_with_timeout(CONNECT).map_err(fault)?;
        connection
            .set_read_timeout(Some(patience))
            .and_then(|()| connection.set_write_timeout(Some(patience)))
            .map_err(fault)?;
        Ok(Self { connection, url })
    }

    /// Sends commands together. Returns their replies in order.
    ///
    /// # Errors
    ///
    /// [`Fault::Away`], after which the connection must not be used.
    pub fn ask(&mut self, commands: &Pipeline) -> Result<Vec<Reply>, Fault> {
        let count = commands.len();
        let packed = commands.get_packed_pipeline();
        let replies = self.connection.req_packed_commands(&packed, 0, count);
        let replies = replies.map_err(|error| match fault(&self.url, &error) {
            Fault::Refused(code, text) => Fault::Away(format!("{code} {text}")),
            away => away,
        })?;
        Ok(replies.into_iter().map(|reply| self.reply(reply)).collect())
    }

    /// The value, or the fault that the value tells. An error within a list is a value of the list.
    pub fn reply(&self, value: Value) -> Reply {
        match value {
            Value::ServerError(error) => {
                let text = error.details().unwrap_or_default();
                Err(Fault::refused(
                    error.code(),
                    &self.url.without_password(text),
                ))
            }
            value => Ok(value),
        }
    }
}

/// The fault that the client reports.
fn fault(url: &RedisUrl, error: &RedisError) -> Fault {
    let text = url.without_password(&error.to_string());
    if error.kind() == ErrorKind::AuthenticationFailed {
        return Fault::refused("WRONGPASS", "the user or the password is wrong");
    }
    if text.contains("Authentication required") {
        return Fault::refused("NOAUTH", "Authentication required.");
    }
    match error.code() {
        Some(code) => Fault::refused(code, &text),
        None if error.is_timeout() => Fault::Away("no answer in time".to_owned()),
        None => Fault::Away(text.replace(['\n', '\r'], " ")),
    }
}

/// The bytes of a value that is a text; none for any other value.
pub fn bytes(value: &Value) -> &[u8] {
    match value {
        Value::BulkString(bytes) => bytes,
        Value::SimpleString(text) => text.as_bytes(),
        _ => &[],
    }
}

/// The elements of a value that is a list; none for any other value.
pub fn list(value: &Value) -> &[Value] {
    match value {
        Value::Array(values) | Value::Set(values) => values,
        _ => &[],
    }
}

/// The id that a value names.
pub fn id(value: &Value) -> Option<Id> {
    str::from_utf8(bytes(value)).ok()?.parse().ok()
}

/// The number that a value is, or that its text says.
pub fn number(value: &Value) -> Option<i64> {
    match value {
        Value::Int(number) => Some(*number),
        value => str::from_utf8(bytes(value)).ok()?.parse().ok(),
    }
}
