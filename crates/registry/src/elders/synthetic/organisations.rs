//! Organisations that serve a synthetic city, as many of each kind as a real one of its size has.

use std::collections::HashSet;

use kernel::{CreditCode, CreditCodeFault, Region};

use super::{
    dice::{Dice, mix},
    homes::{Spot, Village, Villages, area_code},
    phones,
};
use crate::organisations::Kind as OrganisationKind;

const ORGANISATIONS: u64 = 2;

/// How many villages and names are tried before a number has to tell two organisations apart.
const DRAWS: usize = 24;

impl OrganisationKind {
    /// How many a city of 690,000 elders has: the town centres and happiness houses of Xuchang, the institutions and
    /// community facilities of Kaifeng scaled down from 930,790; providers and canteens by our own guess.
    const fn at_690_000(self) -> u64 {
        match self {
            Self::HomeCare => 36,
            Self::TownCentre => 28,
            Self::CommunityStation => 251,
            Self::PrivateHome => 90,
            Self::RuralHome => 61,
            Self::DestituteHome => 7,
            Self::HappinessHouse => 306,
            Self::Canteen => 160,
        }
    }

    /// How many there are for so many elders: at least eight providers, so that some compete, and one of each other kind.
    #[must_use]
    pub(super) const fn count(self, elders: usize) -> u64 {
        let least = if matches!(self, Self::HomeCare) { 8 } else { 1 };
        let count = (self.at_690_000() * elders as u64 + 345_000) / 690_000;
        if count > least { count } else { least }
    }

    /// Registered with: 9 market supervision as an enterprise, 5 civil affairs as 民非, 1 as 事业单位.
    const fn authority(self) -> &'static str {
        match self {
            Self::HomeCare | Self::Canteen => "91",
            Self::CommunityStation | Self::PrivateHome | Self::TownCentre => "52",
            Self::RuralHome | Self::DestituteHome | Self::HappinessHouse => "12",
        }
    }

    /// Least and most tens of beds.
    const fn beds(self) -> Option<(u64, u64)> {
        match self {
            Self::TownCentre => Some((1, 5)),
            Self::PrivateHome => Some((4, 24)),
            Self::RuralHome => Some((3, 12)),
            Self::DestituteHome => Some((10, 26)),
            _ => None,
        }
    }

    const fn is_rural(self) -> bool {
        matches!(self, Self::RuralHome | Self::HappinessHouse)
    }
}

/// A synthetic organisation.
#[derive(Clone, Debug, PartialEq)]
pub struct Organisation {
    /// What it is.
    pub kind: OrganisationKind,
    /// Name; unique in a run.
    pub name: String,
    /// Valid code; unique in a run.
    pub credit_code: CreditCode,
    /// The village it stands in.
    pub place: Region,
    /// Its county, or its city where that has no counties: where it mostly serves.
    pub county: Region,
    /// Address, from the county down.
    pub address: String,
    /// Landline with area code.
    pub phone: String,
    /// Where it stands (invented).
    pub spot: Spot,
    /// Beds; 0 where nobody stays overnight.
    pub beds: u16,
}

/// The organisations of a city for so many elders, kind by kind; providers first. Each county gets one of a kind before
/// any gets a second.
#[must_use]
pub fn organisations(city: Region, elders: usize, seed: u64) -> Vec<Organisation> {
    let villages = Villages::of(city);
    let mut counties: Vec<Region> = villages.all.iter().map(|village| village.county).collect();
    counties.dedup();
    if counties.is_empty() {
        return Vec::new();
    }
    let inside = |county| villages.all.iter().filter(move |village| village.county == county).collect();
    let inside: Vec<Vec<&Village>> = counties.into_iter().map(inside).collect();
    let kinds = OrganisationKind::ALL.into_iter().flat_map(|kind| (0..kind.count(elders)).map(move |at| (kind, at)));
    let (mut made, mut names) = (Vec::new(), HashSet::new());
    for (index, (kind, at)) in kinds.enumerate() {
        let mut dice = Dice::of(seed, ORGANISATIONS, index as u64);
        let villages = &inside[at as usize % inside.len()];
        made.push(organisation(&mut dice, kind, villages, (index as u64, &mut names)));
    }
    made
}

/// Draws until the name is new; then a number makes it so.
fn organisation(
    dice: &mut Dice,
    kind: OrganisationKind,
    villages: &[&Village],
    (index, names): (u64, &mut HashSet<String>),
) -> Organisation {
    let mut village = suitable(dice, kind, villages);
    let mut name = name(dice, kind, village);
    for _ in 0..DRAWS {
        if !names.contains(&name) {
            break;
        }
        village = suitable(dice, kind, villages);
        name = self::name(dice, kind, village);
    }
    if !names.insert(name.clone()) {
        name = format!("{name}第{index}分部");
        names.insert(name.clone());
    }
    Organisation {
        kind,
        name,
        credit_code: credit_code(kind, village.county, index),
        place: village.place.region,
        county: village.county,
        address: format!("{}{}号", village.title, dice.within(1, 199)),
        phone: phones::landline(dice, &area_code(village.county)),
        spot: village.spot(dice),
        beds: kind.beds().map_or(0, |(least, most)| dice.within(least, most) as u16 * 10),
    }
}

/// A village that suits the kind, as far as a few draws find one.
fn suitable<'a>(dice: &mut Dice, kind: OrganisationKind, villages: &[&'a Village]) -> &'a Village {
    let drawn: [&Village; 6] = std::array::from_fn(|_| dice.pick(villages));
    drawn.into_iter().find(|village| village.is_rural == kind.is_rural()).unwrap_or(drawn[0])
}

const BRAND_FIRST: &str = "安颐康福颐祥松鹤乐和瑞慈孝爱晚晴春晖桑榆夕";
const BRAND_SECOND: &str = "颐康宁和年龄寿怡养居泰馨家祥安源园阳邻心";

fn name(dice: &mut Dice, kind: OrganisationKind, village: &Village) -> String {
    let (first, second) = (dice.letter(BRAND_FIRST), dice.letter(BRAND_SECOND));
    let (county, town, place) = (village.county_name(), village.town_name(), village.spoken());
    match kind {
        OrganisationKind::HomeCare => match dice.below(3) {
            0 => format!("{county}{first}{second}居家养老服务中心"),
            1 => format!("{county}{first}{second}养老服务有限公司"),
            _ => format!("{county}{first}{second}健康养老服务有限公司"),
        },
        OrganisationKind::TownCentre => format!("{county}{town}综合养老服务中心"),
        OrganisationKind::CommunityStation => format!("{town}{place}养老服务站"),
        OrganisationKind::PrivateHome => format!("{county}{first}{second}老年公寓"),
        OrganisationKind::RuralHome => format!("{county}{town}敬老院"),
        OrganisationKind::DestituteHome => format!("{county}特困人员供养服务中心"),
        OrganisationKind::HappinessHouse => format!("{town}{place}幸福院"),
        OrganisationKind::Canteen => format!("{place}{first}{second}助餐点"),
    }
}

/// A valid code: authority and category, county, eight digits that each index has for itself, two checks.
fn credit_code(kind: OrganisationKind, county: Region, index: u64) -> CreditCode {
    let home = county.home().map_or(0, kernel::Home::number);
    // An odd number and a power of ten share no factor, so no two indexes meet.
    let own = (index * 12_345_677 + mix(home.unsigned_abs().into()) % 1_000) % 100_000_000;
    let body = format!("{}{home:06}{own:08}", kind.authority());
    for check in "0123456789X".chars() {
        match CreditCode::parse(&format!("{body}{check}0")) {
            Ok(code) => return code,
            Err(CreditCodeFault::Check { expected }) => {
                if let Ok(code) = CreditCode::parse(&format!("{body}{check}{expected}")) {
                    return code;
                }
            }
            Err(_) => {}
        }
    }
    unreachable!("one of the eleven check characters of an organisation's code fits: {body}")
}
