//! Any day and any moves: times kept by steps are those that the same rounds get from nothing.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let _ = rounds::trial(bytes);
});
