//! Which ways may be walked and which barriers may be passed, from OpenStreetMap's tags.
//!
//! **Ways.** A way is a street for walkers when, in this order:
//!
//! 1. `highway` is one of `primary`, `secondary`, `tertiary` (each also with `_link`), `unclassified`, `residential`,
//!    `living_street`, `service`, `road`, `pedestrian`, `footway`, `path`, `steps`, `track`, `cycleway`, `bridleway`,
//!    `corridor`, `platform`, or there is no `highway` but `railway=platform`, `public_transport=platform` or
//!    `man_made=pier`; `trunk` and `trunk_link` count only with a sidewalk (`sidewalk`, `sidewalk:left`, `:right` or
//!    `:both` = `both`, `left`, `right`, `yes`) or `foot=yes|designated|permissive`; `motorway`, `motorway_link` and
//!    `busway` only with that `foot`. Anything else (`construction`, `proposed`, `raceway`, …) is no street.
//! 2. `foot` decides if it is there: `no`, `use_sidepath` close; `private` makes it private; any other value opens.
//! 3. Without `foot`: `motorroad=yes` closes; `access` = `no`, `agricultural`, `forestry`, `agricultural;forestry`,
//!    `delivery`, `military`, `emergency` closes; `access=private` makes it private; any other value opens.
//!
//! One-way streets are walked in both directions; bridges, tunnels and layers need no rule, because ways join only
//! where they share a node. An area (`area=yes`) is walked along its outline; relations are not read. `highway=steps`
//! are stairs. Private ways take part only in a profile that opens them.
//!
//! **Nodes.** A node with `barrier` lets walkers through unless it is closed, and a closed node cuts every way that
//! runs through it: one may walk up to it from each side, not across. `foot`, and without it `access`, decide as for
//! ways (`no` closes, `private` is passed only where private ways are open); a `locked=yes` barrier without `foot` or
//! `access` is closed; without any of them `wall`, `fence`, `hedge`, `city_wall`, `retaining_wall`, `ditch` and
//! `debris` are closed, and all other kinds (gates, lift gates, bollards, blocks, stiles, toll booths, …) are open.
//!
//! **Wheelchairs** further avoid stairs, ways and barriers with `wheelchair=no`, and `stile`, `turnstile`,
//! `full-height_turnstile`, `kissing_gate`, `cycle_barrier`, `motorcycle_barrier`, `log`, `horse_stile`, `step` without
//! `wheelchair=yes`.

/// What is special about a way or a node, as bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Traits(pub u8);

impl Traits {
    /// Nothing special.
    pub const NONE: Self = Self(0);
    /// A way: stairs. A node: closed to everybody.
    pub const STAIRS: Self = Self(1);
    /// A node: closed to everybody.
    pub const CLOSED: Self = Self(1);
    /// Open to residents only.
    pub const PRIVATE: Self = Self(2);
    /// Not for wheelchairs.
    pub const NO_WHEELCHAIR: Self = Self(4);

    /// Whether it has all of these bits.
    #[must_use]
    pub const fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Both together.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// The tags that decide, gathered in one pass over all tags of a way or node.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tags<'a> {
    highway: Option<&'a str>,
    barrier: Option<&'a str>,
    foot: Option<&'a str>,
    access: Option<&'a str>,
    wheelchair: Option<&'a str>,
    motorroad: bool,
    locked: bool,
    sidewalk: bool,
    platform_or_pier: bool,
}

/// What the access tags say.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Access {
    Open,
    Private,
    Closed,
    Unsaid,
}

impl<'a> Tags<'a> {
    /// Takes note of a tag, if it is one that decides.
    pub fn note(&mut self, key: &str, value: &'a str) {
        match key {
            "highway" => self.highway = Some(value),
            "barrier" => self.barrier = Some(value),
            "foot" => self.foot = Some(value),
            "access" => self.access = Some(value),
            "wheelchair" => self.wheelchair = Some(value),
            "motorroad" => self.motorroad = value == "yes",
            "locked" => self.locked = value == "yes",
            "sidewalk" | "sidewalk:left" | "sidewalk:right" | "sidewalk:both" => {
                self.sidewalk |= matches!(value, "both" | "left" | "right" | "yes");
            }
            "railway" | "public_transport" => self.platform_or_pier |= value == "platform",
            "man_made" => self.platform_or_pier |= value == "pier",
            _ => {}
        }
    }

    /// Whether there is a `highway` among them.
    #[must_use]
    pub const fn has_highway(&self) -> bool {
        self.highway.is_some()
    }

    /// What kind of street the way is; `None` if it may not be walked.
    #[must_use]
    pub fn way(&self) -> Option<Traits> {
        let invited = matches!(self.foot, Some("yes" | "designated" | "permissive"));
        let street = match self.highway {
            Some(
                "primary" | "primary_link" | "secondary" | "secondary_link" | "tertiary" | "tertiary_link"
                | "unclassified" | "residential" | "living_street" | "service" | "road" | "pedestrian" | "footway"
                | "path" | "steps" | "track" | "cycleway" | "bridleway" | "corridor" | "platform",
            ) => true,
            Some("trunk" | "trunk_link") => invited || self.sidewalk,
            Some("motorway" | "motorway_link" | "busway") => invited,
            Some(_) => false,
            None => self.platform_or_pier,
        };
        if street { self.traits() } else { None }
    }

    /// What kind of street a line without `highway` is, in a file that holds only streets.
    #[must_use]
    pub fn traits(&self) -> Option<Traits> {
        let access = match self.access() {
            Access::Unsaid if self.motorroad => return None,
            Access::Closed => return None,
            Access::Private => Traits::PRIVATE,
            Access::Open | Access::Unsaid => Traits::NONE,
        };
        let stairs = if self.highway == Some("steps") { Traits::STAIRS } else { Traits::NONE };
        let wheels = if self.wheelchair == Some("no") { Traits::NO_WHEELCHAIR } else { Traits::NONE };
        Some(access.and(stairs).and(wheels))
    }

    /// What a node of a way does to walkers.
    #[must_use]
    pub fn node(&self) -> Traits {
        let Some(barrier) = self.barrier else { return Traits::NONE };
        let gate = match self.access() {
            Access::Closed => Traits::CLOSED,
            Access::Private => Traits::PRIVATE,
            Access::Open => Traits::NONE,
            Access::Unsaid if self.locked => Traits::CLOSED,
            Access::Unsaid => match barrier {
                "wall" | "fence" | "hedge" | "city_wall" | "retaining_wall" | "ditch" | "debris" => Traits::CLOSED,
                _ => Traits::NONE,
            },
        };
        let narrow = matches!(
            barrier,
            "stile"
                | "turnstile"
                | "full-height_turnstile"
                | "kissing_gate"
                | "cycle_barrier"
                | "motorcycle_barrier"
                | "log"
                | "horse_stile"
                | "step"
        );
        match self.wheelchair {
            Some("no") => gate.and(Traits::NO_WHEELCHAIR),
            Some("yes") => gate,
            _ if narrow => gate.and(Traits::NO_WHEELCHAIR),
            _ => gate,
        }
    }

    fn access(&self) -> Access {
        match (self.foot, self.access) {
            (Some("no" | "use_sidepath"), _) => Access::Closed,
            (Some("private"), _) | (None, Some("private")) => Access::Private,
            (Some(_), _) => Access::Open,
            (
                None,
                Some(
                    "no"
                    | "agricultural"
                    | "forestry"
                    | "agricultural;forestry"
                    | "delivery"
                    | "military"
                    | "emergency",
                ),
            ) => Access::Closed,
            // `access=yes` on a motorroad speaks of cars.
            (None, Some(_)) if !self.motorroad => Access::Open,
            (None, _) => Access::Unsaid,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tags<'a>(text: &'a str) -> Tags<'a> {
        let mut tags = Tags::default();
        for tag in text.split_whitespace() {
            let (key, value) = tag.split_once('=').unwrap();
            tags.note(key, value);
        }
        tags
    }

    #[test]
    fn streets_paths_and_stairs_are_walked_and_motorways_are_not() {
        for open in ["highway=residential", "highway=footway", "highway=primary_link", "highway=track oneway=yes"] {
            assert_eq!(tags(open).way(), Some(Traits::NONE), "{open}");
        }
        assert_eq!(tags("highway=steps").way(), Some(Traits::STAIRS));
        for closed in ["highway=motorway", "highway=trunk", "highway=construction", "highway=busway", "waterway=river"]
        {
            assert_eq!(tags(closed).way(), None, "{closed}");
        }
    }

    #[test]
    fn a_trunk_road_is_walked_where_it_has_a_sidewalk_or_invites_walkers() {
        assert_eq!(tags("highway=trunk sidewalk=right").way(), Some(Traits::NONE));
        assert_eq!(tags("highway=trunk foot=yes").way(), Some(Traits::NONE));
        assert_eq!(tags("highway=trunk sidewalk=no").way(), None);
    }

    #[test]
    fn foot_outweighs_access() {
        assert_eq!(tags("highway=service access=private").way(), Some(Traits::PRIVATE));
        assert_eq!(tags("highway=service access=private foot=yes").way(), Some(Traits::NONE));
        assert_eq!(tags("highway=service access=yes foot=no").way(), None);
        assert_eq!(tags("highway=service access=no").way(), None);
        assert_eq!(tags("highway=primary motorroad=yes access=yes").way(), None);
        assert_eq!(tags("highway=primary motorroad=yes foot=yes").way(), Some(Traits::NONE));
    }

    #[test]
    fn gates_are_open_unless_tags_close_them_and_walls_are_closed_unless_tags_open_them() {
        assert_eq!(tags("barrier=gate").node(), Traits::NONE);
        assert_eq!(tags("barrier=gate locked=yes").node(), Traits::CLOSED);
        assert_eq!(tags("barrier=gate access=no").node(), Traits::CLOSED);
        assert_eq!(tags("barrier=gate access=private").node(), Traits::PRIVATE);
        assert_eq!(tags("barrier=gate access=private foot=yes").node(), Traits::NONE);
        assert_eq!(tags("barrier=wall").node(), Traits::CLOSED);
        assert_eq!(tags("barrier=wall foot=yes").node(), Traits::NONE);
        assert_eq!(tags("barrier=stile").node(), Traits::NO_WHEELCHAIR);
        assert_eq!(tags("highway=crossing foot=no").node(), Traits::NONE);
    }
}
