//! Whether a table's coordinates are in the datum in which they are read, judged by the streets.

use crate::{
    datum::Datum,
    fault::{Fault, Result, Table},
    geo::{Position, metres},
    network::Network,
};

/// Fewest rows of which it can be told in which datum they are.
const TELLING: usize = 12;

/// Whether a table of points fits the streets only when it is read in another datum: the error says which.
///
/// Up to 2,000 rows within 2 km of a street are looked at, both as they stand and converted. Another datum fits when it
/// brings so many more of them nearer to a street than farther that chance would do so once in seven hundred tables (three
/// standard deviations), and the median distance falls by a third and at least 3 m. Of fewer than twelve rows nothing can be
/// told.
///
/// # Errors
/// [`Fault::LooksLike`].
pub fn check_datum(network: &Network, table: Table, points: &[Position]) -> Result<()> {
    let step = points.len().div_ceil(2_000).max(1);
    let sample: Vec<Position> = points.iter().copied().step_by(step).collect();
    let legs = |datum: Datum| {
        let moved: Vec<Position> = sample.iter().map(|place| datum.to_wgs84(*place)).collect();
        let mut legs = vec![None; moved.len()];
        network.snap_all(&moved, 2_000.0, |at, snap| legs[at] = snap.map(|snap| metres(snap.leg)));
        legs
    };
    let as_is = legs(Datum::Wgs84);
    for datum in [Datum::Gcj02, Datum::Bd09] {
        let converted = legs(datum);
        let both: Vec<(f64, f64)> = as_is.iter().zip(&converted).filter_map(|(a, b)| Some(((*a)?, (*b)?))).collect();
        let nearer = both.iter().filter(|(a, b)| b < a).count() as f64;
        let farther = both.iter().filter(|(a, b)| b > a).count() as f64;
        let (before, after) = (median(both.iter().map(|two| two.0)), median(both.iter().map(|two| two.1)));
        let surely = both.len() >= TELLING && nearer - farther > 3.0 * (nearer + farther).sqrt();
        if surely && after * 1.5 < before && after + 3.0 < before {
            let (as_is, converted) = (before as u64, after as u64);
            return Err(Fault::LooksLike { table, as_is, converted, datum: datum.name() });
        }
    }
    Ok(())
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_unstable_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(0.0)
}
