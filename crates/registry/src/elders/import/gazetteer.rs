//! Places as a sheet's codes and names lead to them: within the reach of who imports, each name looked up once.

use std::{cell::RefCell, collections::HashMap};

use kernel::{Level, PlaceRange, Region};

use crate::{
    elders::sheet::{Named, Places},
    places::{self, Meant},
};

/// Names that are kept; beyond that they are looked up again.
const KEPT: usize = 20_000;

/// The places within reach.
pub(super) struct Gazetteer {
    /// Where the actor acts.
    reach: PlaceRange,
    /// Where everybody lives whose row does not say it.
    whole: Option<Region>,
    known: RefCell<HashMap<String, Named>>,
}

impl Gazetteer {
    pub(super) fn new(reach: PlaceRange, whole: Option<Region>) -> Self {
        Self { reach, whole, known: RefCell::default() }
    }

    fn look_up(&self, names: &[(Option<Level>, &str)]) -> Named {
        // A name means a place of the file first, then one within reach.
        let near = self.whole.map(|whole| places::meant(names, whole.range()));
        let meant = match near {
            Some(found @ (Meant::One(_) | Meant::Several(_))) => found,
            _ => places::meant(names, self.reach),
        };
        match meant {
            Meant::One(place) => Named::One(place),
            Meant::Several(found) => {
                let names = found.iter().take(4).filter_map(|place| places::full_name(*place));
                Named::Several(names.collect())
            }
            Meant::None { within } => Named::None { within: within.and_then(places::full_name) },
        }
    }
}

impl Places for Gazetteer {
    fn exists(&self, place: Region) -> bool {
        places::exists(place)
    }

    fn successor(&self, old: Region) -> Option<Region> {
        places::successor(old)
    }

    fn named(&self, names: &[(Option<Level>, &str)]) -> Named {
        let key = names.iter().map(|(_, name)| *name).collect::<Vec<_>>().join("\0");
        if let Some(known) = self.known.borrow().get(&key) {
            return known.clone();
        }
        let found = self.look_up(names);
        let mut known = self.known.borrow_mut();
        if known.len() < KEPT {
            known.insert(key, found.clone());
        }
        found
    }

    fn whole(&self) -> Option<Region> {
        self.whole
    }
}
