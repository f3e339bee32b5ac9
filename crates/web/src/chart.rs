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

/// A round number at or above the largest value, at least 1: the top of an axis.
fn ceiling(largest: f64) -> f64 {
    if !largest.is_finite() || largest <= 1.0 {
        return 1.0;
    }
    let step = 10_f64.powf(largest.log10().floor());
    let steps = [1.0, 1.5, 2.0, 3.0, 4.5, 6.0, 7.5, 9.0, 10.0];
    steps.iter().map(|factor| factor * step).find(|top| *top >= largest * 0.999).unwrap_or(10.0 * step)
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
    fn an_axis_ends_at_a_round_number_above_the_data() {
        for (largest, top) in
            [(0.0, 1.0), (47.0, 60.0), (1842.0, 2000.0), (99.9, 100.0), (1000.0, 1000.0), (f64::NAN, 1.0)]
        {
            assert!((ceiling(largest) - top).abs() < 1e-9, "{largest} → {}", ceiling(largest));
        }
    }

    #[test]
    fn a_figure_has_at_most_one_decimal() {
        assert_eq!([figure(1842.0), figure(97.14), figure(-0.04)], ["1,842", "97.1", "0"]);
    }
}
