//! Charts drawn by the server as SVG, each with a title, a description and the same figures as a table. One question a
//! chart; bars and lines start at zero; the last value is written at the end; weekends are shaded.
//!
//! [`Trend`] for days, [`Bars`] for a ranking, [`Choropleth`] for places, [`schematic`] for places whose boundaries
//! nobody gave us.

mod bars;
mod choropleth;
pub mod schematic;
mod trend;

pub use bars::{Bar, Bars};
pub use choropleth::{Choropleth, MapPlace, Shape};
pub use trend::{Panel, Trend};

/// An axis from zero: where it ends, and into how many parts its grid divides it.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Axis {
    top: f64,
    parts: u8,
}

impl Axis {
    /// An axis that holds the largest value and whose grid stands at round numbers; at least up to 3.
    fn holding(largest: f64) -> Self {
        const ROUND: [(f64, u8); 11] = [
            (1.0, 4),
            (1.2, 3),
            (1.5, 3),
            (1.8, 3),
            (2.0, 4),
            (2.4, 3),
            (3.0, 3),
            (4.0, 4),
            (6.0, 3),
            (8.0, 4),
            (10.0, 4),
        ];
        if !largest.is_finite() || largest <= 3.0 {
            return Self { top: 3.0, parts: 3 };
        }
        let step = 10_f64.powf(largest.log10().floor());
        let fits = ROUND.into_iter().map(|(factor, parts)| Self { top: factor * step, parts });
        fits.into_iter().find(|axis| axis.top >= largest * 0.999).unwrap_or(Self { top: 10.0 * step, parts: 4 })
    }
}

/// A figure as people read it: at most one decimal, thousands separated.
#[must_use]
pub fn figure(value: f64) -> String {
    // Adding zero makes minus zero zero.
    let rounded = (value * 10.0).round() / 10.0 + 0.0;
    let text = if rounded.fract() == 0.0 { format!("{rounded:.0}") } else { format!("{rounded:.1}") };
    crate::filters::thousands(&text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_axis_ends_at_a_round_number_above_the_data_and_its_grid_is_round_too() {
        for (largest, top) in
            [(0.0, 3.0), (47.0, 60.0), (1842.0, 2000.0), (99.9, 100.0), (1000.0, 1000.0), (f64::NAN, 3.0)]
        {
            let axis = Axis::holding(largest);
            assert!((axis.top - top).abs() < 1e-9, "{largest} → {axis:?}");
        }
        for largest in (4..5000).map(f64::from) {
            let axis = Axis::holding(largest);
            let step = axis.top / f64::from(axis.parts);
            assert!(axis.top >= largest * 0.999 && (step * 2.0).fract().abs() < 1e-9, "{largest} → {axis:?}");
        }
    }

    #[test]
    fn a_figure_has_at_most_one_decimal() {
        assert_eq!([figure(1842.0), figure(97.14), figure(-0.04)], ["1,842", "97.1", "0"]);
    }
}
