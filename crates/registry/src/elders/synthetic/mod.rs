//! Synthetic people, organisations and workers of a demo city: deterministic, plausible, invented. The names of towns
//! and villages are real; nothing else is. No input, no output: iterators and lists of plain structs.
//!
//! The same place, count and seed give the same people on every machine; person 5 is the same in a run of 10 and of
//! 1,000,000, but for the rare identity number that was taken already.

mod contacts;
mod dice;
mod homes;
mod life;
mod names;
mod organisations;
mod phones;
mod workers;

use std::collections::HashSet;

use chrono::{Datelike as _, Days, NaiveDate};
pub use contacts::Relative;
use dice::Dice;
pub use homes::{Spot, county_centre};
use homes::{Village, Villages};
use kernel::{Region, ResidentId, Sex, age_on};
pub use organisations::{Organisation, organisations};
use phones::Bearer;
pub use workers::{Skill, Worker, workers};

use super::vocabulary::{LivingSituation, Tag};

/// Kinds of dice, so that people, organisations and workers of one seed differ.
const PEOPLE: u64 = 1;

/// The day on which ages and traits are right; who lives later is older.
#[must_use]
pub fn as_of() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 11, 1).unwrap_or_default()
}

/// A synthetic elder.
#[derive(Clone, Debug, PartialEq)]
pub struct Person {
    /// Whole name.
    pub name: String,
    /// The surname in it.
    pub surname: &'static str,
    /// Number with the county of the home; unique in a run.
    pub resident_id: ResidentId,
    /// Sex, as in the number.
    pub sex: Sex,
    /// Birth date, as in the number.
    pub birth: NaiveDate,
    /// Mobile number, 11 digits; unique in a run.
    pub mobile: Option<String>,
    /// Landline, `0374-2331234`.
    pub landline: Option<String>,
    /// Address in the household register, from the province down.
    pub hukou_address: String,
    /// The village of the home, 12 digits.
    pub place: Region,
    /// Address of the home, from the county down.
    pub address: String,
    /// Where that is (invented).
    pub spot: Spot,
    /// Whether the home lies in a village, not in a town.
    pub is_rural: bool,
    /// With whom the person lives.
    pub living: LivingSituation,
    /// Traits, sorted, each once; 高龄 for all of 80 and more years at [`as_of`].
    pub tags: Vec<Tag>,
    /// One to three people to call.
    pub contacts: Vec<Relative>,
    /// What the staff should know.
    pub remark: Option<&'static str>,
}

const REMARKS: [&str; 16] = [
    "听力不好，说话请大声",
    "上门前请先打电话",
    "家里养狗，请先敲门",
    "三楼，没有电梯",
    "糖尿病，饮食少糖",
    "高血压，按时服药",
    "只会说方言",
    "周三上午去卫生院",
    "女儿每周末回来",
    "视力差，门口有台阶",
    "用助行器，过道请留空",
    "牙口不好，饭菜要软",
    "喜欢聊天",
    "钥匙放在邻居家",
    "每晚七点以后不接电话",
    "做过髋关节手术",
];

/// The people of a place, one after the other.
pub struct People {
    villages: Villages,
    area_code: String,
    seed: u64,
    next: u64,
    count: u64,
    taken: HashSet<(i32, NaiveDate, u16)>,
}

impl People {
    /// `count` people who live in the villages of a city (or any place). None where there are no villages.
    #[must_use]
    pub fn new(city: Region, count: usize, seed: u64) -> Self {
        let villages = Villages::of(city);
        let count = if villages.all.is_empty() { 0 } else { count as u64 };
        Self { villages, area_code: homes::area_code(city), seed, next: 0, count, taken: HashSet::new() }
    }

    /// The first number of this county, birth date and sex that is free, from a drawn one on.
    fn number(&mut self, dice: &mut Dice, county: i32, birth: NaiveDate, sex: Sex) -> ResidentId {
        let (mut birth, drawn) = (birth, dice.below(499));
        loop {
            for step in 0..499 {
                let sequence = ((drawn + step) % 499 * 2) as u16 + 1 + u16::from(sex == Sex::Female);
                if self.taken.insert((county, birth, sequence)) {
                    return ResidentId::synthetic(county, birth, sequence);
                }
            }
            birth = birth - Days::new(1);
        }
    }

    fn person(&mut self, index: u64) -> Person {
        let mut dice = Dice::of(self.seed, PEOPLE, index);
        let dice = &mut dice;
        let born = life::birth(dice);
        let age = age_on(born, as_of());
        let sex = life::sex(dice, age);
        let at = self.villages.index(dice);
        let home = self.villages.all[at].county.home().map_or(0, kernel::Home::number);
        let resident_id = self.number(dice, home, born, sex);
        let birth = resident_id.birth();
        let village = &self.villages.all[at];
        let life = life::life(dice, &life::Start { birth, sex, is_rural: village.is_rural });
        let surname = names::surname(dice);
        let has_mobile = dice.chance(life::by_age(age, [94.0, 88.0, 79.0, 64.0, 48.0, 30.0]));
        let has_landline = dice.chance(life::by_age(age, [6.0, 10.0, 14.0, 18.0, 18.0, 15.0]));
        let address = village.address(dice);
        let mut person = Person {
            name: names::whole(dice, surname, sex, birth.year()),
            surname,
            resident_id,
            sex,
            birth,
            mobile: has_mobile.then(|| phones::mobile(dice, self.seed, Bearer::Elder, index)),
            landline: has_landline.then(|| phones::landline(dice, &self.area_code)),
            hukou_address: self.hukou(dice, village, &address),
            place: village.place.region,
            address,
            spot: village.spot(dice),
            is_rural: village.is_rural,
            living: life.living,
            tags: life.tags,
            contacts: Vec::new(),
            remark: None,
        };
        person.contacts = contacts::contacts(dice, &person, (self.seed, index));
        person.remark = dice.chance(14.0).then(|| dice.pick(&REMARKS));
        person
    }

    /// Most are registered where they live, some elsewhere in the city.
    fn hukou(&self, dice: &mut Dice, village: &Village, address: &str) -> String {
        if dice.chance(91.0) {
            return format!("{}{address}", village.above);
        }
        let elsewhere = self.villages.draw(dice);
        format!("{}{}", elsewhere.above, elsewhere.address(dice))
    }
}

impl Iterator for People {
    type Item = Person;

    fn next(&mut self) -> Option<Person> {
        let index = self.next;
        (index < self.count).then(|| {
            self.next += 1;
            self.person(index)
        })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = (self.count - self.next) as usize;
        (left, Some(left))
    }
}

impl ExactSizeIterator for People {}

#[cfg(test)]
mod tests;
