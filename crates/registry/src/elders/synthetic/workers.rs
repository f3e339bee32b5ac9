//! The people who work for the organisations of a synthetic city.

use kernel::Sex;

use super::{
    dice::Dice,
    homes::Spot,
    names,
    organisations::Organisation,
    phones::{self, Bearer},
};
use crate::organisations::Kind as OrganisationKind;

const WORKERS: u64 = 3;

/// What a worker can do: the seven classes of services of GB/T 43153-2023.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Skill {
    /// 生活照料.
    LifeCare,
    /// 基础照护.
    BasicCare,
    /// 健康管理.
    Health,
    /// 探访关爱.
    Visiting,
    /// 精神慰藉.
    Comfort,
    /// 委托代办.
    Errands,
    /// 家庭生活环境适老化改造.
    Adaptation,
}

impl Skill {
    /// All skills, in the order of the standard.
    pub const ALL: [Self; 7] =
        [Self::LifeCare, Self::BasicCare, Self::Health, Self::Visiting, Self::Comfort, Self::Errands, Self::Adaptation];

    /// Its bit in a set of skills, 0 to 6.
    #[must_use]
    pub const fn bit(self) -> u8 {
        self as u8
    }

    /// The Chinese name.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::LifeCare => "生活照料",
            Self::BasicCare => "基础照护",
            Self::Health => "健康管理",
            Self::Visiting => "探访关爱",
            Self::Comfort => "精神慰藉",
            Self::Errands => "委托代办",
            Self::Adaptation => "适老化改造",
        }
    }

    /// How many of a hundred caregivers have it.
    const fn share(self) -> f64 {
        match self {
            Self::LifeCare => 96.0,
            Self::BasicCare => 62.0,
            Self::Health => 34.0,
            Self::Visiting => 78.0,
            Self::Comfort => 41.0,
            Self::Errands => 57.0,
            Self::Adaptation => 9.0,
        }
    }
}

/// A synthetic caregiver.
#[derive(Clone, Debug, PartialEq)]
pub struct Worker {
    /// The index of the organisation in the list that was given.
    pub organisation: usize,
    /// Name.
    pub name: String,
    /// Sex; four of five are women.
    pub sex: Sex,
    /// Mobile number; unique in a run, and no elder's or contact's.
    pub phone: String,
    /// What the worker can do, sorted; at least one.
    pub skills: Vec<Skill>,
    /// Grade of 养老护理员: 5 (初级工) to 1 (高级技师); none without certificate. No basic care without one.
    pub cert_level: Option<i16>,
    /// Where the worker sets out from, near the organisation (invented).
    pub spot: Spot,
}

/// The caregivers of organisations that send people into homes or serve in the neighbourhood.
#[must_use]
pub fn workers(organisations: &[Organisation], seed: u64) -> Vec<Worker> {
    let mut made = Vec::new();
    for (at, organisation) in organisations.iter().enumerate() {
        let mut dice = Dice::of(seed, WORKERS, at as u64);
        for _ in 0..staff(&mut dice, organisation.kind) {
            made.push(worker(&mut dice, (at, organisation), seed, made.len() as u64));
        }
    }
    made
}

fn staff(dice: &mut Dice, kind: OrganisationKind) -> u64 {
    match kind {
        OrganisationKind::HomeCare => dice.within(14, 40),
        OrganisationKind::TownCentre => dice.within(3, 8),
        OrganisationKind::CommunityStation => dice.within(1, 4),
        _ => 0,
    }
}

fn worker(dice: &mut Dice, (at, organisation): (usize, &Organisation), seed: u64, index: u64) -> Worker {
    let sex = if dice.chance(19.0) { Sex::Male } else { Sex::Female };
    let year = dice.within(1963, 2001) as i32;
    let surname = names::surname(dice);
    let cert_level = dice.chance(72.0).then(|| dice.pick(&[5, 5, 5, 5, 4, 4, 4, 3, 3, 2]));
    let has = |skill: &Skill, dice: &mut Dice| {
        dice.chance(skill.share()) && (*skill != Skill::BasicCare || cert_level.is_some())
    };
    let mut skills: Vec<Skill> = Skill::ALL.into_iter().filter(|skill| has(skill, dice)).collect();
    if skills.is_empty() {
        skills.push(Skill::LifeCare);
    }
    let near = |degrees: f64, dice: &mut Dice| ((degrees + (dice.unit() - 0.5) * 0.03) * 1e6).round() / 1e6;
    let (longitude, latitude) = (organisation.spot.longitude, organisation.spot.latitude);
    Worker {
        organisation: at,
        name: names::whole(dice, surname, sex, year),
        sex,
        phone: phones::mobile(dice, seed, Bearer::Worker, index),
        skills,
        cert_level,
        spot: Spot { longitude: near(longitude, dice), latitude: near(latitude, dice) },
    }
}
