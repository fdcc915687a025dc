//! A connection's life as a script: its answers are whole and in order.

#![no_main]

use libfuzzer_sys::fuzz_target;
use picture_frame::fuzzing;

fuzz_target!(|bytes: &[u8]| fuzzing::connection(bytes));
