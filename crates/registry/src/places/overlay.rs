//! What became of the packed tree since it was packed: towns and villages that were added, and places whose code holds no
//! more. It is small, kept in memory, and read again at the start of each process.

use std::{
    collections::BTreeMap,
    sync::{PoisonError, RwLock, RwLockReadGuard},
};

use kernel::{Level, PlaceRange, Region};

use super::Place;

/// Successors that are followed: no code changes more often.
const STEPS: usize = 8;

#[derive(Default)]
struct Overlay {
    added: BTreeMap<Region, &'static str>,
    /// Places that have another code now, and that code; what lies inside keeps its last digits.
    retired: BTreeMap<Region, Region>,
}

static OVERLAY: RwLock<Overlay> = RwLock::new(Overlay { added: BTreeMap::new(), retired: BTreeMap::new() });

fn read() -> RwLockReadGuard<'static, Overlay> {
    OVERLAY.read().unwrap_or_else(PoisonError::into_inner)
}

/// Adds a town or village. Its name lives as long as the process: such changes are a few a year.
pub(super) fn add(region: Region, name: &str) {
    let mut overlay = OVERLAY.write().unwrap_or_else(PoisonError::into_inner);
    if overlay.added.get(&region).copied() != Some(name) {
        overlay.added.insert(region, String::from(name).leak());
    }
}

pub(super) fn retire(from: Region, to: Region) {
    OVERLAY.write().unwrap_or_else(PoisonError::into_inner).retired.insert(from, to);
}

pub(super) fn get(region: Region) -> Option<Place> {
    read().added.get(&region).map(|name| Place { region, name })
}

/// Added places of a range, towns or villages.
pub(super) fn within(range: PlaceRange, level: Level) -> Vec<Place> {
    let overlay = read();
    let inside = overlay.added.iter().filter(|(region, _)| range.contains(**region) && region.level() == level);
    inside.map(|(region, name)| Place { region: *region, name }).collect()
}

/// Whether a place, or one that holds it, has another code now.
pub(super) fn is_retired(place: Region) -> bool {
    let overlay = read();
    !overlay.retired.is_empty() && overlay.retired.keys().any(|old| old.contains(place))
}

/// The place under the code that holds now, of one whose code holds no more.
#[must_use]
pub fn successor(old: Region) -> Option<Region> {
    let overlay = read();
    let step = |place: Region| {
        let holding = overlay.retired.iter().filter(|(from, _)| from.contains(place));
        let (from, to) = holding.max_by_key(|(from, _)| from.level())?;
        Region::new(place.code() + to.code() - from.code()).ok()
    };
    let mut now = step(old)?;
    for _ in 0..STEPS {
        match step(now) {
            Some(next) => now = next,
            None => break,
        }
    }
    Some(now)
}
