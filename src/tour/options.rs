//! The options of the server that the tour shows.

/// The options of the server. The time-outs are short, so that no step takes long.
pub(super) const OPTIONS: [&str; 16] = [
    "--listen=127.0.0.1:0",
    "--admin=127.0.0.1:0",
    "--source=gallery",
    "--publish-rate=0",
    "--lookup-threads=1",
    "--max-connections=32",
    "--max-subscribers=16",
    "--history=256",
    "--heartbeat=1",
    "--write-timeout=2",
    "--drain=0.2",
    "--request-timeout=30",
    "--idle-timeout=60",
    "--lookup-timeout=30",
    "--host=127.0.0.1",
    "--retry=3000",
];
