//! Whom to call: children, spouse, kin, neighbours, the village.

use chrono::Datelike as _;
use kernel::Sex;

use super::{
    Person,
    dice::Dice,
    names,
    phones::{self, Bearer},
};
use crate::elders::vocabulary::{LivingSituation, Tag};

/// Somebody to call in need.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Relative {
    /// Name.
    pub name: String,
    /// Mobile number.
    pub phone: String,
    /// 儿子, 女儿, 配偶, …
    pub relation: &'static str,
}

/// One to three contacts of a person.
pub(super) fn contacts(dice: &mut Dice, person: &Person, run: (u64, u64)) -> Vec<Relative> {
    let count = [1, 1, 1, 2, 2, 3][dice.below(6) as usize];
    let mut relations: Vec<&str> = Vec::new();
    for _ in 0..count {
        let relation = relation(dice, person);
        let only_once = matches!(relation, "配偶" | "村干部" | "社区网格员");
        if !(only_once && relations.contains(&relation)) {
            relations.push(relation);
        }
    }
    let relative = |(at, relation): (usize, &&'static str)| {
        let (seed, index) = run;
        let phone = match at {
            0 => phones::mobile(dice, seed, Bearer::FirstContact, index),
            at => phones::mobile(dice, seed, Bearer::OtherContact, index * 2 + at as u64 - 1),
        };
        Relative { name: name(dice, person, relation), phone, relation }
    };
    relations.iter().enumerate().map(relative).collect()
}

fn relation(dice: &mut Dice, person: &Person) -> &'static str {
    let childless = person.tags.contains(&Tag::LostOnlyChild) || person.tags.contains(&Tag::Destitute);
    if childless {
        return dice.pick(&["侄子", "侄女", "邻居", "外甥", if person.is_rural { "村干部" } else { "社区网格员" }]);
    }
    match person.living {
        LivingSituation::Spouse if dice.chance(35.0) => "配偶",
        LivingSituation::Siblings => dice.pick(&["兄弟", "姐妹", "侄子"]),
        _ if dice.chance(6.0) => dice.pick(&["邻居", "孙子", "孙女", "儿媳", "女婿"]),
        _ if dice.chance(57.0) => "儿子",
        _ => "女儿",
    }
}

/// A son bears his father's surname; so do nephews and nieces of a man.
fn name(dice: &mut Dice, person: &Person, relation: &str) -> String {
    let year = person.birth.year();
    let (sex, year) = match relation {
        "配偶" => (opposite(person.sex), year + dice.within(0, 5) as i32 - 2),
        "兄弟" => (Sex::Male, year + 4),
        "姐妹" => (Sex::Female, year + 4),
        "女儿" | "侄女" | "儿媳" => (Sex::Female, year + 22 + dice.below(12) as i32),
        "孙女" => (Sex::Female, year + 48),
        "孙子" => (Sex::Male, year + 48),
        "邻居" | "社区网格员" => (dice.pick(&[Sex::Male, Sex::Female]), 1970),
        _ => (Sex::Male, year + 22 + dice.below(12) as i32),
    };
    let inherits = match relation {
        "儿子" | "女儿" | "孙子" | "孙女" | "侄子" | "侄女" => person.sex == Sex::Male,
        "兄弟" | "姐妹" => true,
        _ => false,
    };
    let surname = if inherits { person.surname } else { names::surname(dice) };
    names::whole(dice, surname, sex, year)
}

const fn opposite(sex: Sex) -> Sex {
    if matches!(sex, Sex::Male) { Sex::Female } else { Sex::Male }
}
