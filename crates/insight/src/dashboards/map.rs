//! Which figure the map shows, and in which shades.

use kernel::{Text, text};
use web::chart::{Choropleth, MapPlace, schematic};

use super::{Child, board::Counts};

/// More places than this are no map that anybody can read.
const MOST_PLACES: usize = 30;

/// What the map can show.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Shown {
    /// Elders in the register.
    #[default]
    Elders,
    /// Orders placed today.
    Placed,
    /// Visits begun in time.
    OnTime,
    /// Satisfied ratings.
    Satisfied,
}

impl Shown {
    /// All, in the order of the switch.
    pub const ALL: [Self; 4] = [Self::Elders, Self::Placed, Self::OnTime, Self::Satisfied];

    /// Name in the address.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Elders => "elders",
            Self::Placed => "placed",
            Self::OnTime => "on_time",
            Self::Satisfied => "satisfied",
        }
    }

    /// The one of a name; elders for any other.
    #[must_use]
    pub fn named(name: &str) -> Self {
        Self::ALL.into_iter().find(|shown| shown.name() == name).unwrap_or_default()
    }

    /// Name for people.
    #[must_use]
    pub fn title(self) -> Text {
        match self {
            Self::Elders => text!("在册老人"),
            Self::Placed => text!("今日工单"),
            Self::OnTime => text!("按时率"),
            Self::Satisfied => text!("满意率"),
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
    fn value(self, counts: &Counts) -> Option<f64> {
        match self {
            Self::Elders => Some(counts.elders as f64),
            Self::Placed => Some(counts.placed as f64),
            Self::OnTime => counts.on_time.percent(),
            Self::Satisfied => counts.satisfied.percent(),
        }
    }

    /// Rates have fixed breaks, so that months compare; counts get round ones that hold the largest.
    fn breaks(self, values: impl Iterator<Item = f64>) -> [f64; 4] {
        match self {
            Self::OnTime | Self::Satisfied => [80.0, 90.0, 95.0, 98.0],
            Self::Elders | Self::Placed => {
                let step = round_step(values.fold(0.0, f64::max) / 5.0);
                [step, 2.0 * step, 3.0 * step, 4.0 * step]
            }
        }
    }
}

/// The smallest of 1, 2, 2.5 and 5 times a power of ten that is not below; at least 1.
fn round_step(least: f64) -> f64 {
    if least <= 1.0 {
        return 1.0;
    }
    let power = 10_f64.powf(least.log10().floor());
    [1.0, 2.0, 2.5, 5.0, 10.0].into_iter().map(|factor| factor * power).find(|step| *step >= least).unwrap_or(least)
}

/// The map of the places inside; none where there are too few or too many, or boundaries would mean nothing.
pub(super) fn of(children: &[Child], shown: Shown) -> Option<Choropleth> {
    let places: Vec<_> = children.iter().filter_map(|child| Some((child, child.place?))).collect();
    if places.len() < 2 || places.len() > MOST_PLACES {
        return None;
    }
    // Codes of counties are six digits; those of cities and towns tell places apart as well.
    let codes: Option<Vec<u32>> = places.iter().map(|(_, place)| place.short().parse().ok()).collect();
    let shapes = schematic::map(&codes?);
    let values = || places.iter().filter_map(|(child, _)| shown.value(&child.counts));
    let (unit, breaks) = match shown {
        Shown::OnTime | Shown::Satisfied => ("%", shown.breaks(values())),
        Shown::Elders | Shown::Placed => ("", shown.breaks(values())),
    };
    let places = places.iter().zip(shapes).map(|((child, place), shape)| MapPlace {
        name: child.name.clone(),
        value: shown.value(&child.counts),
        href: format!("/dashboard/{}?map={}", place.short(), shown.name()),
        chosen: false,
        shape,
    });
    let (places, title) = (places.collect(), shown.title());
    Some(Choropleth { id: "map", title, unit, breaks, size: schematic::SIZE, places, schematic: true })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn breaks_of_counts_are_round_and_hold_the_largest() {
        for (largest, breaks) in [
            (0.0, [1.0, 2.0, 3.0, 4.0]),
            (168_204.0, [50_000.0, 100_000.0, 150_000.0, 200_000.0]),
            (47.0, [10.0, 20.0, 30.0, 40.0]),
        ] {
            assert_eq!(Shown::Elders.breaks([largest].into_iter()), breaks, "{largest}");
        }
    }

    #[test]
    fn a_map_of_villages_of_a_large_town_is_left_out() {
        let child =
            |code: i64| Child { place: kernel::Region::new(code).ok(), name: "村".into(), counts: Counts::default() };
        let towns: Vec<_> = (1..=12).map(|n| child(411_002_000_000 + n * 1_000)).collect();
        assert_eq!(of(&towns, Shown::Elders).unwrap().places.len(), 12);
        let villages: Vec<_> = (1..=40).map(|n| child(411_002_001_000 + n)).collect();
        assert!(of(&villages, Shown::Elders).is_none());
        assert!(of(&[], Shown::Elders).is_none());
    }
}
