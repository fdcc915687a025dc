//! What came in place of an answer of Flickr's: nothing unfit to be shown is made of it.

#![no_main]

use libfuzzer_sys::fuzz_target;
use picture_frame::fuzzing;

fuzz_target!(|bytes: &[u8]| fuzzing::flickr_answer(bytes));
