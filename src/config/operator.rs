//! The operator's options.

use super::values::address;
use crate::reactor::Address;
use clap::Args;

/// The operator's listener, and its power over the loop.
#[derive(Args, Clone, Debug)]
pub(crate) struct OperatorOptions {
    /// Address or unix socket for the operator: /metrics, /healthz, /loop (the loop, live) and POST /upgrade are there, with
    /// connections beside the limits, and of these only /healthz is on the other addresses [default: none]
    #[arg(long, env = "PICTURE_FRAME_ADMIN", value_name = "ADDR|unix:PATH", value_parser = address)]
    pub(crate) admin: Option<Address>,

    /// Let /loop pause the loop, take single turns and slow it down: for teaching, since every client then waits. Only with
    /// --admin, and with no address but those of this machine
    #[arg(long, env = "PICTURE_FRAME_LOOP_CONTROL")]
    pub(crate) loop_control: bool,
}
