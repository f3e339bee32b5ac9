//! "What if one stood here": the answer while the pointer is down, and the ground from which facilities are walked to.

use kernel::{Region, Result};
use reach::{Position, Snap};
use serde::Serialize;

use super::{
    areas::LEAST,
    kinds::{Group, metres},
    missed,
    model::Model,
    refusal::Refusal,
};

/// How far from a street ground still counts as reached, in metres.
const MARGIN: f64 = 45.0;

/// What is asked: kind, minutes, group.
pub type Asked = (usize, u32, Group);

/// What one more facility would do.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Trial {
    /// Elders of the place who would reach one and do not now; fewer than five are told as none, see `few`.
    pub gained: i64,
    /// There are some, but fewer than five.
    pub few: bool,
    /// The ground from which it would be walked to: rings of metres east and north of the middle of the city.
    pub rings: Vec<Vec<(i32, i32)>>,
}

/// What a facility at a point, in metres from the middle of the city, would do for a place.
///
/// # Errors
/// [`Refusal::OffTheMap`].
pub fn trial(model: &Model, place: Region, (x, y): (f64, f64), asked: Asked) -> Result<Trial> {
    let (kind, minutes, group) = asked;
    let at = model.plane().place([x, y]);
    let gained = {
        let mut standing = model.standing(minutes);
        let (id, change) = standing.plan.open(kind, at).map_err(|_| Refusal::OffTheMap)?;
        standing.plan.close(id);
        let own = change.places.iter().filter(|(slot, _)| {
            model.place_of(*slot).is_some_and(|(home, traits)| place.contains(home) && group.holds(traits))
        });
        own.map(|(_, difference)| difference).sum::<i64>()
    };
    let few = gained > 0 && gained < LEAST as i64;
    let snap = model.network().snap(at, metres(minutes)).ok_or(Refusal::OffTheMap)?;
    Ok(Trial { gained: if few { 0 } else { gained }, few, rings: ground(model, &[snap], minutes) })
}

/// The ground from which at least one of some facilities is walked to in so many minutes.
#[must_use]
pub fn ground(model: &Model, facilities: &[Snap], minutes: u32) -> Vec<Vec<(i32, i32)>> {
    let rings = model.network().catchment_of(facilities, metres(minutes), MARGIN);
    let flat = |place: &Position| missed::metres(model.plane(), *place);
    rings.iter().map(|ring| ring.places.iter().map(flat).collect()).collect()
}

/// Where the standing facilities of a kind meet the streets, of those within a rectangle (west, south, east, north) or
/// near enough to reach into it.
#[must_use]
pub fn standing_near(model: &Model, (kind, minutes): (usize, u32), [w, s, e, n]: [f64; 4]) -> Vec<Snap> {
    let (standing, margin) = (model.standing(minutes), metres(minutes));
    let near = model.facilities.iter().filter(|facility| {
        let [x, y] = model.plane().flat(facility.at);
        super::kinds::Walk::numbers_of(facility.kind).contains(&kind)
            && (w - margin..=e + margin).contains(&x)
            && (s - margin..=n + margin).contains(&y)
    });
    near.filter_map(|facility| standing.plan.stand(standing.of(facility.id)?)).collect()
}
