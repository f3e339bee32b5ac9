//! What proves a visit, how strong that is, and what is enough: the rulebook `care.evidence`. Pure. The weights are our
//! defaults, not a norm.

use kernel::Instant;
use serde::{Deserialize, Serialize};
use store::{blobs::Sm3, rulebooks::Rules};

use kernel::words;

words! {
    /// A kind of proof.
    #[derive(utoipa::ToSchema)]
    pub enum Kind {
        /// Where the phone was, with accuracy.
        Position = 1, "position", "定位";
        /// A photo, known by its SM3.
        Photo = 2, "photo", "照片";
        /// The code at the door, by QR or NFC.
        Code = 3, "code", "门口码";
        /// A face seen at home.
        Face = 4, "face", "人脸";
        /// The elder or family said so.
        Confirmation = 5, "confirmation", "确认";
        /// A device in the home noticed the worker.
        Presence = 6, "presence", "家中设备";
        /// A dispatcher entered it by hand: proves nothing, and is told.
        Entered = 7, "entered", "人工补录";
    }
}

words! {
    /// When in a visit a proof was taken.
    #[derive(utoipa::ToSchema)]
    pub enum Moment {
        /// With the check-in.
        Arrival = 1, "arrival", "签到";
        /// With the check-out.
        Departure = 2, "departure", "签退";
        /// After the visit.
        After = 3, "after", "事后";
    }
}

words! {
    /// What speaks against a visit; a person judges it.
    #[derive(utoipa::ToSchema)]
    pub enum Flag {
        /// The phone was farther from the address than its accuracy explains.
        Far = 1, "far", "离住址太远";
        /// The position is too inaccurate to tell.
        Vague = 2, "vague", "定位不准";
        /// The phone admits that its position is made up.
        Mocked = 3, "mocked", "疑似模拟定位";
        /// Shorter than the item demands.
        Short = 4, "short", "服务时间不足";
        /// The photo was used before.
        ReusedPhoto = 5, "reused_photo", "照片曾经用过";
        /// The worker was in another visit at that time.
        Overlap = 6, "overlap", "与另一次上门重叠";
        /// The elder's address has no coordinates to compare with.
        NoCoordinates = 7, "no_coordinates", "住址没有坐标";
        /// What the phone told came more than a day after.
        VeryLate = 8, "very_late", "上传超过一天";
        /// Check-in after the window.
        LateArrival = 9, "late_arrival", "晚到";
        /// A dispatcher entered it for the caregiver.
        ByHand = 10, "by_hand", "派单员补录";
        /// Check-in and check-out reached us closer together than the service may last.
        ClaimedLate = 11, "claimed_late", "签到签退一起上报";
        /// The position was not of the moment it was told for.
        Stale = 12, "stale", "定位或照片不是当时的";
        /// By the phone's running clock the visit lasted longer than by its times: the clock was set meanwhile.
        ClockMoved = 13, "clock_moved", "手机时间中途被改过";
    }
}

/// One proof, as compared with the elder's address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// What it is.
    pub kind: Kind,
    /// When in the visit.
    pub moment: Moment,
    /// When it was taken.
    pub at: Instant,
    /// Radius of the position, in metres.
    pub accuracy_m: Option<i32>,
    /// From the elder's address, in metres; none when the address has no coordinates.
    pub distance_m: Option<i32>,
    /// The phone admits that the position is made up.
    pub mocked: bool,
    /// SM3 of a photo.
    pub digest: Option<Sm3>,
    /// The photo is here, kept for good, and belongs to no other visit.
    pub is_kept: bool,
    /// How far it is from the step it was told for, in seconds.
    pub age_secs: i64,
}

/// The rulebook `care.evidence`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EvidenceRules {
    /// A position this near to the address is there, in metres.
    pub geofence_m: i32,
    /// A position less accurate than this tells nothing, in metres.
    pub worst_accuracy_m: i32,
    /// A position of another moment than this around its step tells nothing, in seconds.
    #[serde(default = "stale_secs")]
    pub stale_secs: i64,
    /// The same for a photo, in seconds.
    #[serde(default = "photo_stale_secs")]
    pub photo_stale_secs: i64,
    /// Weight of a position at the address.
    pub position: i16,
    /// Weight of a position that cannot be compared.
    pub position_unchecked: i16,
    /// Weight of a photo at each moment.
    pub photo: i16,
    /// Weight of the code at the door.
    pub code: i16,
    /// Weight of a face.
    pub face: i16,
    /// Weight of a confirmation.
    pub confirmation: i16,
    /// Weight of a device in the home.
    pub presence: i16,
    /// A visit of this strength is proven.
    pub enough: i16,
}

impl Rules for EvidenceRules {
    const KIND: &'static str = "care.evidence";
}

const fn stale_secs() -> i64 {
    180
}

const fn photo_stale_secs() -> i64 {
    3_600
}

impl Default for EvidenceRules {
    fn default() -> Self {
        Self {
            geofence_m: 500,
            worst_accuracy_m: 300,
            stale_secs: stale_secs(),
            photo_stale_secs: photo_stale_secs(),
            position: 40,
            position_unchecked: 15,
            photo: 20,
            code: 50,
            face: 40,
            confirmation: 30,
            presence: 20,
            enough: 60,
        }
    }
}

/// How good the proof of a visit is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Strength {
    /// 0 to 100.
    pub points: i16,
    /// At least what the rules want.
    pub enough: bool,
    /// What speaks against it, in the order of the list.
    pub flags: Vec<Flag>,
}

impl EvidenceRules {
    /// The strength of a list of proofs: of each kind the best one counts, and of each moment one photo, once.
    #[must_use]
    pub fn strength(&self, proofs: &[Proof]) -> Strength {
        let best = |kind: Kind| proofs.iter().filter(|p| p.kind == kind).map(|p| self.weight(p)).max().unwrap_or(0);
        let others: i16 = Kind::ALL.iter().filter(|kind| **kind != Kind::Photo).map(|kind| best(*kind)).sum();
        let points = (self.photos(proofs) + others).clamp(0, 100);
        let mut flags: Vec<_> = proofs.iter().flat_map(|proof| self.doubts(proof)).collect();
        flags.sort_unstable();
        flags.dedup();
        Strength { points, enough: points >= self.enough, flags }
    }

    /// What photos weigh: one for each moment, none twice.
    fn photos(&self, proofs: &[Proof]) -> i16 {
        let (mut counted, mut points) = (Vec::new(), 0);
        for moment in Moment::ALL {
            let fresh = proofs.iter().find(|proof| {
                proof.moment == *moment
                    && self.weight(proof) > 0
                    && proof.kind == Kind::Photo
                    && !counted.contains(&proof.digest)
            });
            if let Some(photo) = fresh {
                counted.push(photo.digest);
                points += self.photo;
            }
        }
        points
    }

    fn weight(&self, proof: &Proof) -> i16 {
        match proof.kind {
            Kind::Position if !self.doubts(proof).iter().all(|flag| *flag == Flag::NoCoordinates) => 0,
            Kind::Position if proof.distance_m.is_none() => self.position_unchecked,
            Kind::Position => self.position,
            Kind::Photo if proof.is_kept && !self.is_stale(proof) => self.photo,
            Kind::Photo => 0,
            Kind::Code => self.code,
            Kind::Face => self.face,
            Kind::Confirmation => self.confirmation,
            Kind::Presence => self.presence,
            Kind::Entered => 0,
        }
    }

    /// Whether a position or a photo was taken at another time than its step.
    const fn is_stale(&self, proof: &Proof) -> bool {
        match proof.kind {
            Kind::Position => proof.age_secs > self.stale_secs,
            Kind::Photo => proof.age_secs > self.photo_stale_secs,
            _ => false,
        }
    }

    /// What is doubtful about one proof alone.
    fn doubts(&self, proof: &Proof) -> Vec<Flag> {
        let stale = self.is_stale(proof).then_some(Flag::Stale);
        if proof.kind != Kind::Position {
            return stale.into_iter().collect();
        }
        let accuracy = proof.accuracy_m.unwrap_or(i32::MAX);
        let far = |distance: i32| distance.saturating_sub(accuracy.min(self.worst_accuracy_m)) > self.geofence_m;
        let mut flags = Vec::from_iter(stale);
        if accuracy > self.worst_accuracy_m {
            flags.push(Flag::Vague);
        }
        match proof.distance_m {
            None => flags.push(Flag::NoCoordinates),
            Some(distance) if far(distance) => flags.push(Flag::Far),
            Some(_) => {}
        }
        // Nothing on earth is known to the metre without any error; who is so sure has made it up.
        if proof.mocked || proof.accuracy_m.is_some_and(|accuracy| accuracy <= 0) {
            flags.push(Flag::Mocked);
        }
        flags
    }
}

/// The bit set of flags, bit n for the flag of code n.
#[must_use]
pub fn bits(flags: &[Flag]) -> i64 {
    flags.iter().fold(0, |bits, flag| bits | 1 << flag.code())
}

/// The flags of a bit set.
#[must_use]
pub fn flags(bits: i64) -> Vec<Flag> {
    Flag::ALL.iter().copied().filter(|flag| bits & (1 << flag.code()) != 0).collect()
}

/// Degrees east and north.
pub type Point = (f64, f64);

/// The point, when it and its radius in metres can be on earth.
#[must_use]
pub fn possible(point: Point, accuracy_m: f64) -> Option<Point> {
    (point.0.abs() <= 180.0 && point.1.abs() <= 90.0 && accuracy_m >= 0.0).then_some(point)
}

/// The great-circle distance, in metres.
#[must_use]
pub fn metres(a: Point, b: Point) -> f64 {
    let (east, north) = ((b.0 - a.0).to_radians(), (b.1 - a.1).to_radians());
    let across = a.1.to_radians().cos() * b.1.to_radians().cos() * (east / 2.0).sin().powi(2);
    2.0 * 6_371_008.8 * ((north / 2.0).sin().powi(2) + across).sqrt().min(1.0).asin()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn proof(kind: Kind, moment: Moment) -> Proof {
        Proof {
            kind,
            moment,
            at: Instant::default(),
            accuracy_m: None,
            distance_m: None,
            mocked: false,
            digest: (kind == Kind::Photo).then(|| Sm3::of(moment.name().as_bytes())),
            is_kept: true,
            age_secs: 0,
        }
    }

    fn position(distance_m: impl Into<Option<i32>>, accuracy_m: i32) -> Proof {
        Proof { distance_m: distance_m.into(), accuracy_m: Some(accuracy_m), ..proof(Kind::Position, Moment::Arrival) }
    }

    fn strength(proofs: &[Proof]) -> (i16, bool, Vec<Flag>) {
        let found = EvidenceRules::default().strength(proofs);
        (found.points, found.enough, found.flags)
    }

    #[test]
    fn place_and_a_photo_are_enough_and_a_second_photo_of_the_same_moment_adds_nothing() {
        let (before, after) = (proof(Kind::Photo, Moment::Arrival), proof(Kind::Photo, Moment::Departure));
        assert_eq!(strength(&[position(120, 30), before.clone()]), (60, true, vec![]));
        assert_eq!(strength(&[position(120, 30), before.clone(), before.clone()]), (60, true, vec![]));
        assert_eq!(strength(&[before, after]), (40, false, vec![]));
        assert_eq!(strength(&[]), (0, false, vec![]));
    }

    #[test]
    fn a_photo_that_never_came_or_stands_for_two_moments_counts_nothing_more() {
        let (before, after) = (proof(Kind::Photo, Moment::Arrival), proof(Kind::Photo, Moment::Departure));
        let told = Proof { is_kept: false, ..before.clone() };
        assert_eq!(strength(&[position(120, 30), told]), (40, false, vec![]));
        let again = Proof { digest: before.digest, ..after };
        assert_eq!(strength(&[before, again]), (20, false, vec![]));
    }

    #[test]
    fn a_position_of_three_hours_ago_counts_nothing_and_is_flagged() {
        let old = |age_secs| Proof { age_secs, ..position(12, 9) };
        assert_eq!(strength(&[old(3 * 3_600)]), (0, false, vec![Flag::Stale]));
        assert_eq!((strength(&[old(181)]).0, strength(&[old(180)]).0), (0, 40));
        let photo = |age_secs| Proof { age_secs, ..proof(Kind::Photo, Moment::Arrival) };
        assert_eq!((strength(&[photo(3_601)]).0, strength(&[photo(1_800)]).0), (0, 20));
        assert_eq!(strength(&[old(9_000), position(12, 9)]).0, 40, "a later one of now still counts");
    }

    #[test]
    fn a_position_without_any_error_is_made_up() {
        assert_eq!(strength(&[position(0, 0)]), (0, false, vec![Flag::Mocked]));
    }

    #[test]
    fn a_position_far_away_or_too_vague_or_made_up_counts_nothing_and_is_flagged() {
        assert_eq!(strength(&[position(900, 100)]), (0, false, vec![Flag::Far]));
        assert_eq!(strength(&[position(590, 100)]), (40, false, vec![]));
        assert_eq!(strength(&[position(100, 2_000)]), (0, false, vec![Flag::Vague]));
        let mocked = Proof { mocked: true, ..position(10, 5) };
        assert_eq!(strength(&[mocked]), (0, false, vec![Flag::Mocked]));
    }

    #[test]
    fn an_address_without_coordinates_lets_a_position_count_a_little() {
        assert_eq!(strength(&[position(None, 20)]), (15, false, vec![Flag::NoCoordinates]));
    }

    #[test]
    fn the_code_at_the_door_proves_more_than_a_position() {
        assert_eq!(strength(&[proof(Kind::Code, Moment::Arrival), proof(Kind::Photo, Moment::Departure)]).0, 70);
    }

    #[test]
    fn a_bit_set_of_flags_reads_back() {
        assert_eq!(flags(bits(Flag::ALL)), Flag::ALL);
        assert_eq!(flags(0), []);
    }

    #[test]
    fn distances_are_those_of_the_globe() {
        assert!((metres((113.85, 34.03), (113.85, 34.03))).abs() < 0.001);
        assert!((metres((113.0, 34.0), (113.0, 35.0)) - 111_195.0).abs() < 10.0);
    }

    proptest! {
        #[test]
        fn more_proof_is_never_weaker(positions in prop::collection::vec((0..5_000_i32, 1..1_000_i32), 0..4), photos in 0..4_usize) {
            let mut proofs: Vec<_> = positions.into_iter().map(|(d, a)| position(d, a)).collect();
            let before = EvidenceRules::default().strength(&proofs).points;
            proofs.extend(std::iter::repeat_n(proof(Kind::Photo, Moment::Departure), photos));
            let after = EvidenceRules::default().strength(&proofs).points;
            prop_assert!(before <= after && after <= 100);
        }
    }
}
