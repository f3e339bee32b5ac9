//! Any bytes as a packed file; the checksum is made to fit, so that what lies behind it is reached.
#![no_main]

use libfuzzer_sys::fuzz_target;
use reach::{Network, Profile, Reading};

fuzz_target!(|bytes: &[u8]| {
    if let Ok(streets) = reach::read(&reach::sealed(bytes), Reading::default()) {
        // Places may be rounded to the grid once, by less than a hundredth of a micrometre, and never again.
        let packed = reach::pack(&streets);
        let again = reach::read(&packed, Reading::default());
        assert_eq!(again.map(|again| reach::pack(&again)), Ok(packed));
        let _ = Network::build(streets, Profile::PLANNER);
    }
});
