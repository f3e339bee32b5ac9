//! What is tried with an order, drawn before the day begins: the same seed tries the same.

use kernel::Ids;

/// Minutes of the day in which people call.
const CALLS: u64 = 420;
/// Orders of a day that tries everything.
const SHORT_DAY: usize = 20;

/// A mistake or a nuisance, made on purpose to see it refused or healed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Slip {
    /// The agent orders the same again.
    Twice,
    /// The agent's line broke: the same request once more.
    Replay,
    /// A program uses a key for something else.
    KeyReused,
    /// A window that is over.
    PastWindow,
    /// A rival looks at the order.
    Rival,
    /// The dispatcher sends somebody else's caregiver.
    Stranger,
    /// The phone sends a command again.
    Again,
    /// A command overtakes the one before it.
    OutOfOrder,
    /// Somebody rates what was not served yet.
    EarlyRating,
    /// A low score without a reason.
    Unexplained,
}

/// How an order ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    Served,
    Cancelled,
    Aborted,
    /// Wanted for tomorrow: it is assigned and taken today.
    Tomorrow,
}

/// Who says what they think of the visit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Voice {
    Elder,
    Family,
    /// The call centre asks them.
    Call,
    Nobody,
}

/// An order's fate.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Fate {
    /// 0, 1, 2 …
    pub(super) number: usize,
    /// Minute of the call.
    pub(super) at: f64,
    /// Draws: of the county, the elder, the item, the provider, the agent.
    pub(super) lots: [u64; 5],
    pub(super) channel: &'static str,
    /// Nobody named a provider: the county chooses.
    pub(super) left_to_county: bool,
    pub(super) slip: Option<Slip>,
    pub(super) end: End,
    /// The provider gives it back to the county first.
    pub(super) given_back: bool,
    /// The first caregiver declines.
    pub(super) declined: bool,
    /// The dispatcher changes the caregiver after one took it.
    pub(super) withdrawn: bool,
    /// The phone is without a network from before check-in until so many minutes after check-out.
    pub(super) offline: Option<f64>,
    /// The position comes from a fake-location app.
    pub(super) mocked: bool,
    pub(super) voice: Voice,
    pub(super) objects: bool,
    pub(super) score: i64,
    /// Minutes until: assigned, taken, arrived, said.
    pub(super) delays: [f64; 4],
    /// What else is drawn on the way.
    pub(super) seed: u64,
}

/// One of several, by their shares.
fn one_of<T: Copy>(dice: &Ids, shares: &[(u64, T)]) -> T {
    let mut lot = dice.below(shares.iter().map(|(share, _)| share).sum());
    for (share, what) in shares {
        match lot.checked_sub(*share) {
            Some(rest) => lot = rest,
            None => return *what,
        }
    }
    shares[0].1
}

impl Fate {
    /// The fates of a day, in the order of their calls.
    pub(super) fn all(seed: u64, orders: usize) -> Vec<Self> {
        let dice = Ids::seeded(seed ^ 0x73_696d_756c_6174);
        let mut fates: Vec<_> = (0..orders).map(|number| Self::draw(number, &dice)).collect();
        fates.sort_by(|a, b| a.at.total_cmp(&b.at));
        fates
    }

    fn draw(number: usize, dice: &Ids) -> Self {
        const SLIPS: [Slip; 10] = [
            Slip::Twice,
            Slip::Replay,
            Slip::KeyReused,
            Slip::PastWindow,
            Slip::Rival,
            Slip::Stranger,
            Slip::Again,
            Slip::OutOfOrder,
            Slip::EarlyRating,
            Slip::Unexplained,
        ];
        let chance = |percent| dice.below(100) < percent;
        let minutes = |from: u64, to: u64| from as f64 + dice.below((to - from) * 60) as f64 / 60.0;
        let slip = chance(20).then(|| SLIPS[dice.below(10) as usize]);
        let end = one_of(dice, &[(72, End::Served), (6, End::Cancelled), (3, End::Aborted), (19, End::Tomorrow)]);
        let voices = [(30, Voice::Elder), (25, Voice::Family), (30, Voice::Call), (15, Voice::Nobody)];
        let mut fate = Self {
            number,
            at: minutes(0, CALLS),
            lots: std::array::from_fn(|_| dice.below(1 << 32)),
            channel: one_of(dice, &[(70, "phone"), (20, "counter"), (10, "community")]),
            left_to_county: chance(20),
            slip,
            end,
            given_back: chance(4),
            declined: chance(10),
            withdrawn: chance(4),
            offline: chance(25).then(|| minutes(10, 50)),
            mocked: chance(3),
            voice: one_of(dice, &voices),
            objects: chance(6),
            score: one_of(dice, &[(72, 5), (18, 4), (5, 3), (3, 2), (2, 1)]),
            delays: [minutes(1, 8), minutes(1, 8), minutes(5, 20), minutes(4, 30)],
            seed: dice.below(u64::MAX),
        };
        if number < SLIPS.len() {
            fate.slip = Some(SLIPS[number]);
        } else if number < SHORT_DAY {
            fate.try_once(number - SLIPS.len());
        }
        fate.agree_with_its_slip();
        fate
    }

    /// The first twenty try each slip and each way once, so that a short day tries everything.
    fn try_once(&mut self, way: usize) {
        (self.slip, self.end) = (None, End::Served);
        match way {
            0 => self.end = End::Cancelled,
            1 => self.end = End::Aborted,
            2 => self.end = End::Tomorrow,
            3 => self.declined = true,
            4 => self.withdrawn = true,
            5 => self.given_back = true,
            6 => (self.offline, self.voice) = (Some(20.0), Voice::Elder),
            7 => (self.objects, self.voice) = (true, Voice::Family),
            8 => (self.objects, self.voice) = (true, Voice::Call),
            _ => (self.left_to_county, self.voice) = (true, Voice::Nobody),
        }
    }

    /// A slip needs an order that comes as far as the slip.
    fn agree_with_its_slip(&mut self) {
        match self.slip {
            Some(Slip::Again | Slip::OutOfOrder | Slip::EarlyRating | Slip::Unexplained) => self.end = End::Served,
            Some(Slip::Stranger) if self.end == End::Cancelled => self.end = End::Served,
            _ => {}
        }
        if self.slip == Some(Slip::Unexplained) {
            (self.voice, self.score, self.objects) = (Voice::Call, 1, false);
        }
        if matches!(self.slip, Some(Slip::Again | Slip::OutOfOrder)) {
            self.offline = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_tries_the_same_and_another_one_something_else() {
        assert_eq!(Fate::all(7, 50), Fate::all(7, 50));
        assert_ne!(Fate::all(7, 50), Fate::all(8, 50));
    }

    #[test]
    fn a_day_of_twenty_orders_tries_everything() {
        for seed in 1..50 {
            let fates = Fate::all(seed, SHORT_DAY);
            assert!(fates.is_sorted_by(|a, b| a.at <= b.at));
            let count = |is: fn(&Fate) -> bool| fates.iter().filter(|fate| is(fate)).count();
            let slips: std::collections::BTreeSet<_> = fates.iter().filter_map(|fate| fate.slip).collect();
            assert_eq!(slips.len(), 10);
            let ways: [fn(&Fate) -> bool; 10] = [
                |fate| fate.end == End::Cancelled,
                |fate| fate.end == End::Aborted,
                |fate| fate.end == End::Tomorrow,
                |fate| fate.end == End::Served && fate.voice == Voice::Nobody,
                |fate| fate.declined,
                |fate| fate.withdrawn,
                |fate| fate.given_back,
                |fate| fate.left_to_county,
                |fate| fate.offline.is_some(),
                |fate| fate.objects && fate.voice == Voice::Family,
            ];
            assert!(ways.into_iter().all(|way| count(way) > 0), "{seed}");
        }
    }
}
