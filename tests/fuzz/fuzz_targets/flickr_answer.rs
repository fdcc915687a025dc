//! An answer in place of Flickr's: no picture made of it is unfit to be shown.

#![no_main]

use libfuzzer_sys::fuzz_target;
use picture_frame::fuzzing;

fuzz_target!(|bytes: &[u8]| fuzzing::flickr_answer(bytes));
