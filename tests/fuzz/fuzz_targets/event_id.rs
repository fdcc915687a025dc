//! Ids and texts of events: ids are written as they were read, and ordered as their numbers are.

#![no_main]

use libfuzzer_sys::fuzz_target;
use picture_frame::fuzzing;

fuzz_target!(|bytes: &[u8]| fuzzing::event_id(bytes));
