//! Any text as GeoJSON, in each datum.
#![no_main]

use libfuzzer_sys::fuzz_target;
use reach::{Datum, Network, Profile, Reading};

fuzz_target!(|bytes: &[u8]| {
    for datum in [Datum::Wgs84, Datum::Gcj02, Datum::Bd09] {
        if let Ok(streets) = reach::read(bytes, Reading { datum, threads: 1 }) {
            let _ = Network::build(streets, Profile::WHEELCHAIR);
        }
    }
});
