//! What is counted: kinds of facilities, minutes on foot, groups of elders.

use kernel::{Text, text};
use reach::Profile;
use registry::organisations::Kind;

/// Who walks: an elder's pace, 0.9 m/s, stairs three times their length. Fifteen minutes are 810 m, within the 800 to
/// 1,000 m of GB 50180-2018.
pub const WALKER: Profile = Profile::ELDER;

/// Minutes on foot that are counted, shortest first; the last is the circle's.
pub const MINUTES: [u32; 3] = [5, 10, 15];

/// How many kinds are counted.
pub const KINDS: usize = Walk::ALL.len();

/// What elders walk to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Walk {
    /// Any facility of the community: a town centre, a station, a happiness house or a canteen.
    #[default]
    Community,
    /// One kind of organisation.
    Of(Kind),
}

impl Walk {
    /// All, in the order in which they are counted.
    pub const ALL: [Self; 8] = [
        Self::Community,
        Self::Of(Kind::TownCentre),
        Self::Of(Kind::CommunityStation),
        Self::Of(Kind::HappinessHouse),
        Self::Of(Kind::Canteen),
        Self::Of(Kind::PrivateHome),
        Self::Of(Kind::RuralHome),
        Self::Of(Kind::DestituteHome),
    ];

    /// Name in addresses and JSON.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Community => "community",
            Self::Of(kind) => kind.code(),
        }
    }

    /// The one of a name; any facility of the community for any other.
    #[must_use]
    pub fn named(name: &str) -> Self {
        Self::ALL.into_iter().find(|walk| walk.code() == name).unwrap_or_default()
    }

    /// Its number, from 0.
    #[must_use]
    pub fn number(self) -> usize {
        Self::ALL.iter().position(|walk| *walk == self).unwrap_or(0)
    }

    /// The Chinese name.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Community => "社区养老设施",
            Self::Of(kind) => kind.word(),
        }
    }

    /// The numbers under which an organisation counts; none for one that nobody walks to.
    #[must_use]
    pub fn numbers_of(kind: Kind) -> Vec<usize> {
        let own = Self::ALL.iter().position(|walk| *walk == Self::Of(kind));
        let community =
            matches!(kind, Kind::TownCentre | Kind::CommunityStation | Kind::HappinessHouse | Kind::Canteen);
        own.into_iter().chain(community.then_some(0)).collect()
    }
}

/// Minutes out of an address; fifteen for any other.
#[must_use]
pub fn minutes(asked: Option<u32>) -> u32 {
    asked.filter(|minutes| MINUTES.contains(minutes)).unwrap_or(MINUTES[MINUTES.len() - 1])
}

/// How far that is, in metres.
#[must_use]
pub fn metres(minutes: u32) -> f64 {
    WALKER.metres_in(f64::from(minutes))
}

/// Whom a share is of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Group {
    /// Everybody.
    #[default]
    All,
    /// Those of eighty years and more.
    Aged,
    /// Those who live alone.
    Alone,
}

impl Group {
    /// All, in the order in which they are counted.
    pub const ALL: [Self; 3] = [Self::All, Self::Aged, Self::Alone];

    /// Name in addresses and JSON.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Aged => "aged",
            Self::Alone => "alone",
        }
    }

    /// The one of a name; everybody for any other.
    #[must_use]
    pub fn named(name: &str) -> Self {
        Self::ALL.into_iter().find(|group| group.code() == name).unwrap_or_default()
    }

    /// The Chinese name.
    #[must_use]
    pub fn title(self) -> Text {
        match self {
            Self::All => text!("全部老人"),
            Self::Aged => text!("80 岁及以上"),
            Self::Alone => text!("独居老人"),
        }
    }

    /// Whether somebody of these traits (bit 0: eighty and over, bit 1: alone) belongs to it.
    #[must_use]
    pub const fn holds(self, traits: u32) -> bool {
        match self {
            Self::All => true,
            Self::Aged => traits & 1 != 0,
            Self::Alone => traits & 2 != 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_canteen_is_one_of_the_community_and_a_provider_is_no_place_to_walk_to() {
        assert_eq!(Walk::numbers_of(Kind::Canteen), [4, 0]);
        assert_eq!(Walk::numbers_of(Kind::PrivateHome), [5]);
        assert!(Walk::numbers_of(Kind::HomeCare).is_empty());
        assert_eq!(Walk::named("castle"), Walk::Community);
    }

    #[test]
    fn fifteen_minutes_of_an_elder_are_810_metres() {
        assert!((metres(minutes(Some(7))) - 810.0).abs() < 1e-9);
        assert!((metres(5) - 270.0).abs() < 1e-9);
    }
}
