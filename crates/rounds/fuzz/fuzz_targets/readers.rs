//! Any bytes: a valid problem or a defect, never a panic.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let _ = rounds::read::problem(text);
    let _ = rounds::read::plan(text);
});
