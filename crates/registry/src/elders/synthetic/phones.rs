//! Phone numbers: well-formed, each once per run, and nobody's on purpose.

use super::dice::{Dice, mix};

/// Beginnings of mobile numbers.
const MOBILE: [&str; 24] = [
    "130", "131", "132", "133", "135", "136", "137", "138", "139", "150", "151", "152", "155", "157", "158", "159",
    "176", "177", "180", "182", "186", "187", "188", "189",
];

/// Who bears the number: numbers of different kinds never meet.
#[derive(Clone, Copy)]
pub(super) enum Bearer {
    Elder = 0,
    FirstContact = 1,
    OtherContact = 2,
    Worker = 3,
}

/// A mobile number that no other index or bearer of the run has (up to 25 million of each): the last eight digits count
/// through all numbers in great steps.
pub(super) fn mobile(dice: &mut Dice, seed: u64, bearer: Bearer, index: u64) -> String {
    const ALL: u128 = 100_000_000;
    let at = u128::from(index) * 4 + bearer as u128;
    let digits = (at * 61_803_399 + u128::from(mix(seed))) % ALL;
    format!("{}{digits:08}", dice.pick(&MOBILE))
}

/// A landline with its area code, `0374-2331234`.
pub(super) fn landline(dice: &mut Dice, area: &str) -> String {
    let digits = if area.len() == 3 { dice.within(20_000_000, 89_999_999) } else { dice.within(2_000_000, 8_999_999) };
    format!("{area}-{digits}")
}
