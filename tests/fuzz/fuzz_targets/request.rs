//! Bytes that a client sends: the same requests come out of them however they are cut.

#![no_main]

use libfuzzer_sys::fuzz_target;
use picture_frame::fuzzing;

fuzz_target!(|bytes: &[u8]| fuzzing::request(bytes));
