//! The options of a frame that several servers share.

use super::environment::Environment;
use crate::journal::RedisUrl;
use clap::Args;

/// The stream that several servers share.
#[derive(Args, Clone)]
pub(crate) struct RedisOptions {
    /// Redis or Valkey by which several servers share one frame: redis://, rediss:// (TLS) or redis+unix://, with user,
    /// password and database in the URL; a password is better put into the environment
    // The value is parsed later: an error of clap would repeat the password.
    #[arg(
        long,
        env = "PICTURE_FRAME_REDIS",
        hide_env_values = true,
        value_name = "URL"
    )]
    redis: Option<String>,

    /// Key of the stream in Redis; the other keys that the servers share begin with it and a colon
    #[arg(
        long,
        env = "PICTURE_FRAME_REDIS_KEY",
        value_name = "KEY",
        default_value = "picture-frame"
    )]
    redis_key: String,
}

/// A stream on a Redis server.
#[derive(Clone, Debug)]
pub(crate) struct RedisConfig {
    pub(crate) url: RedisUrl,
    pub(crate) key: String,
}

/// The stream that the options name.
pub(super) fn redis(
    options: RedisOptions,
    has_file: bool,
    environment: &Environment,
) -> Result<Option<RedisConfig>, String> {
    let name = environment.name("redis");
    // A key that begins with a hyphen is an option whose key was forgotten.
    if options.redis_key.is_empty() || options.redis_key.starts_with('-') {
        let option = environment.name("redis-key");
        return Err(format!(
            "{option} needs a key that does not begin with a hyphen; try --help"
        ));
    }
    let Some(url) = options.redis else {
        return Ok(None);
    };
    if has_file {
        let file = environment.name("history-file");
        return Err(format!(
            "{name} and {file} exclude each other: Redis keeps the pictures, so leave out {file}"
        ));
    }
    let url = RedisUrl::parse(&url)
        .map_err(|error| format!("{name} is no URL of Redis: {error}; try --help"))?;
    let key = options.redis_key;
    Ok(Some(RedisConfig { url, key }))
}

impl std::fmt::Debug for RedisOptions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RedisOptions")
            .field("redis_key", &self.redis_key)
            .finish_non_exhaustive()
    }
}
