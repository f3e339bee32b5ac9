//! How old people are, with whom they live and what traits they have. The shares are plausible, not a statistic; they
//! are chosen so that every list and figure of the platform has something to show.

use std::sync::LazyLock;

use chrono::{Days, NaiveDate};
use kernel::{Sex, age_on};

use super::{
    as_of,
    dice::{Dice, Weights},
};
use crate::elders::vocabulary::{LivingSituation, Tag};

const FIRST_YEAR: i32 = 1920;

/// How many of 10,000 were born in each year from 1920 to 1966: few of the oldest, the hungry years 1959 to 1961, the
/// many of 1962 and after.
const BY_YEAR: [u16; 47] = [
    1, 1, 1, 1, 2, 2, 3, 4, 5, 6, 8, 10, 12, 14, 17, 20, 23, 45, 56, 68, 82, 99, 112, 128, 146, 166, 188, 220, 252,
    288, 328, 362, 395, 410, 425, 435, 435, 500, 470, 420, 400, 340, 560, 700, 640, 640, 560,
];

static YEARS: LazyLock<Weights> = LazyLock::new(|| Weights::of(BY_YEAR.map(f64::from)));

/// A birth date; the person has turned 60 before [`as_of`].
pub(super) fn birth(dice: &mut Dice) -> NaiveDate {
    let year = FIRST_YEAR + YEARS.draw(dice) as i32;
    let last = NaiveDate::from_yo_opt(year, 1).unwrap_or_default();
    let days = if year == FIRST_YEAR + BY_YEAR.len() as i32 - 1 { 300 } else { 365 };
    last + Days::new(dice.below(days))
}

/// A sex: the older, the more women.
pub(super) fn sex(dice: &mut Dice, age: i32) -> Sex {
    let men = by_age(age, [49.5, 48.5, 47.0, 44.0, 40.0, 33.0]);
    if dice.chance(men) { Sex::Male } else { Sex::Female }
}

/// A share by age: 60–69, 70–74, 75–79, 80–84, 85–89, 90 and above.
pub(super) fn by_age<T: Copy>(age: i32, shares: [T; 6]) -> T {
    shares[match age {
        ..70 => 0,
        70..75 => 1,
        75..80 => 2,
        80..85 => 3,
        85..90 => 4,
        _ => 5,
    }]
}

/// What a person's life is drawn from.
pub(super) struct Start {
    pub(super) birth: NaiveDate,
    pub(super) sex: Sex,
    pub(super) is_rural: bool,
}

/// How a person lives.
pub(super) struct Life {
    pub(super) living: LivingSituation,
    pub(super) tags: Vec<Tag>,
}

/// Draws living situation and traits, which hang together: the disabled live in institutions more often, the destitute
/// alone or there, the poor alone.
pub(super) fn life(dice: &mut Dice, start: &Start) -> Life {
    let age = age_on(start.birth, as_of());
    let mut tags = health(dice, age);
    let is_disabled = tags.contains(&Tag::Disabled);
    let is_destitute = dice.chance(if start.is_rural { 1.9 } else { 0.5 });
    let lost_only_child = age < 77 && dice.chance(if start.is_rural { 0.15 } else { 0.6 });
    let mut living = living(dice, age, is_disabled);
    if is_destitute {
        living = if dice.chance(35.0) { LivingSituation::Institution } else { LivingSituation::Alone };
        tags.push(Tag::Destitute);
    }
    if lost_only_child {
        tags.push(Tag::LostOnlyChild);
        if living == LivingSituation::Children {
            living = if dice.chance(75.0) { LivingSituation::Spouse } else { LivingSituation::Alone };
        }
    }
    if !is_destitute {
        tags.extend(means(dice, start.is_rural, living));
    }
    tags.extend(household(dice, start.is_rural, living));
    if dice.chance(if start.sex == Sex::Male { 3.2 } else { 0.6 }) {
        tags.push(Tag::Entitled);
    }
    if age >= 80 {
        tags.push(Tag::Aged);
    }
    tags.sort_unstable();
    tags.dedup();
    Life { living, tags }
}

fn health(dice: &mut Dice, age: i32) -> Vec<Tag> {
    let mut tags = Vec::new();
    let dementia = dice.chance(by_age(age, [0.6, 2.0, 4.0, 8.0, 13.0, 21.0]));
    let severe = dice.chance(by_age(age, [1.4, 1.8, 2.2, 2.6, 3.0, 3.0]));
    let share = by_age(age, [3.0, 6.0, 10.0, 17.0, 28.0, 44.0]);
    let more = if dementia { 55.0 } else { 0.0 } + if severe { 60.0 } else { 0.0 };
    for (has, tag) in
        [(dice.chance(share + more), Tag::Disabled), (dementia, Tag::Dementia), (severe, Tag::SeverelyDisabled)]
    {
        tags.extend(has.then_some(tag));
    }
    tags
}

fn living(dice: &mut Dice, age: i32, is_disabled: bool) -> LivingSituation {
    use LivingSituation as L;
    let institution = by_age(age, [0.7, 1.2, 2.2, 4.0, 6.5, 9.0]) * if is_disabled { 3.0 } else { 1.0 };
    let alone = by_age(age, [7.0, 10.0, 14.0, 18.0, 20.0, 17.0]) * if is_disabled { 0.5 } else { 1.0 };
    let spouse = by_age(age, [46.0, 45.0, 39.0, 28.0, 17.0, 8.0]);
    let roll = dice.unit() * 100.0;
    match roll {
        _ if roll < institution => L::Institution,
        _ if roll < institution + alone => L::Alone,
        _ if roll < institution + alone + spouse => L::Spouse,
        _ if roll < 98.5 => L::Children,
        _ => dice.pick(&[L::OtherKin, L::OtherKin, L::Siblings, L::NotKin]),
    }
}

fn means(dice: &mut Dice, is_rural: bool, living: LivingSituation) -> Option<Tag> {
    let poor = if is_rural { 4.2 } else { 1.6 } * if living == LivingSituation::Alone { 1.8 } else { 1.0 };
    if dice.chance(poor) {
        return Some(Tag::MinimumAllowance);
    }
    dice.chance(poor * 0.4).then_some(Tag::NearPoor)
}

fn household(dice: &mut Dice, is_rural: bool, living: LivingSituation) -> Vec<Tag> {
    use LivingSituation as L;
    let mut tags = Vec::new();
    if living == L::Alone {
        tags.push(Tag::Alone);
    }
    let without_child = matches!(living, L::Alone | L::Spouse);
    if without_child && dice.chance(55.0) {
        tags.push(Tag::EmptyNest);
    }
    if is_rural && (without_child || living == L::OtherKin) && dice.chance(17.0) {
        tags.push(Tag::LeftBehind);
    }
    tags
}
