//! Times and letters as the roster says them.

use kernel::{Instant, local};

/// Hours and minutes.
pub(super) fn clock(at: Instant) -> String {
    local(at).format("%H:%M").to_string()
}

/// The sign of an unserved order, the same in list and map: letters, then numbers.
pub(super) fn letter(n: usize) -> String {
    match u8::try_from(n) {
        Ok(n) if n < 26 => char::from(b'A' + n).to_string(),
        _ => (n + 1).to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unserved_orders_have_letters_and_then_numbers() {
        assert_eq!([0, 25, 26].map(letter), ["A", "Z", "27"]);
    }
}
