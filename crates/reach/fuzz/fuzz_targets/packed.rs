//! Any bytes as a packed file; the checksum is made to fit, so that what lies behind it is reached.
#![no_main]

use libfuzzer_sys::fuzz_target;
use reach::{Network, Profile, Reading};

fuzz_target!(|bytes: &[u8]| {
    if let Ok(streets) = reach::read(&reach::sealed(bytes), Reading::default()) {
        assert_eq!(reach::read(&reach::pack(&streets), Reading::default()).as_ref(), Ok(&streets));
        let _ = Network::build(streets, Profile::PLANNER);
    }
});
