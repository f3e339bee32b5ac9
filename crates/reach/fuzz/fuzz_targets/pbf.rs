//! Any bytes after the first header of an OSM PBF.
#![no_main]

use libfuzzer_sys::fuzz_target;
use reach::{Network, Profile, Reading};

fuzz_target!(|bytes: &[u8]| {
    let whole = [&b"\x00\x00\x00\x0d\x0a\x09OSMHeader\x18\x00"[..], bytes].concat();
    for file in [bytes, &whole] {
        if let Ok(streets) = reach::read(file, Reading::default()) {
            let _ = Network::build(streets, Profile::ELDER);
        }
    }
});
