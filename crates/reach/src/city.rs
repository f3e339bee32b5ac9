//! Streets of an invented city in the Chinese manner: superblocks of half a kilometre between main roads, each split
//! into gated compounds with lanes inside and one or two gates, and a river with a bridge at every third main road and a
//! footbridge with stairs between. No open extract of a real one can be shipped.
//!
//! Everything follows from the seed: the same seed makes the same city on any machine.

use crate::{
    fault::{Fault, Result},
    geo::{Plane, Position},
    import::{Draft, index},
    site::mixed,
    walk::Traits,
};

/// Which city to make.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CitySpec {
    /// What everything random follows from.
    pub seed: u64,
    /// Superblocks along each side, 1 to 400; each is half a kilometre and has about 170 vertices.
    pub blocks: u32,
    /// Where its middle is.
    pub centre: Position,
}

/// An invented city.
#[derive(Clone, Debug)]
pub struct City {
    /// Its streets.
    pub draft: Draft,
    /// Places inside compounds where people live, one for each lane corner.
    pub doors: Vec<Position>,
    /// The superblock in which each door lies, counted from the west and from the south.
    pub blocks: Vec<[u32; 2]>,
}

/// Side of a superblock, in metres.
const SIDE: f64 = 500.0;
/// Lattice steps in a superblock: a street at every second, gates at the others.
const STEPS: u32 = 6;
/// Half the width of the river, in metres.
const BANK: f64 = 70.0;
/// Main roads from bridge to bridge.
const BRIDGES: u32 = 3;

/// Makes a city.
///
/// # Errors
/// [`Fault::TooMany`] for more than 400 superblocks a side or none.
pub fn city(spec: CitySpec) -> Result<City> {
    if spec.blocks == 0 || spec.blocks > 400 {
        return Err(Fault::TooMany);
    }
    let side = spec.blocks * STEPS + 1;
    let mut builder = Builder {
        spec,
        plane: Plane::around(spec.centre),
        side,
        lattice: vec![u32::MAX; (side as usize).pow(2)],
        draft: Draft { attribution: "虚构的城市 (an invented city)".to_owned(), ..Draft::default() },
        doors: Vec::new(),
        blocks: Vec::new(),
    };
    builder.streets()?;
    for x in (0..side - 1).step_by(2) {
        for y in (0..side - 1).step_by(2) {
            builder.compound(x, y)?;
        }
    }
    builder.draft.lines_seen = builder.draft.lines.len();
    Ok(City { draft: builder.draft, doors: builder.doors, blocks: builder.blocks })
}

impl City {
    /// So many homes, each within about 20 m of a door.
    #[must_use]
    pub fn homes(&self, seed: u64, count: usize) -> Vec<Position> {
        let fraction = |number: u64| (mixed(number) >> 11) as f64 / (1_u64 << 53) as f64;
        (0..count as u64)
            .filter_map(|number| {
                let key = mixed(seed).wrapping_add(number * 3);
                let door = (fraction(key) * self.doors.len() as f64) as usize;
                let around = Plane::around(*self.doors.get(door)?);
                Some(around.place([fraction(key + 1) * 40.0 - 20.0, fraction(key + 2) * 40.0 - 20.0]))
            })
            .collect()
    }
}

struct Builder {
    spec: CitySpec,
    plane: Plane,
    side: u32,
    /// Vertex of each lattice point, once it is used.
    lattice: Vec<u32>,
    draft: Draft,
    doors: Vec<Position>,
    blocks: Vec<[u32; 2]>,
}

impl Builder {
    /// A number from 0 to 1 that belongs to a lattice point and a purpose.
    fn chance(&self, x: u32, y: u32, purpose: u64) -> f64 {
        let key = self.spec.seed ^ mixed(u64::from(x) << 40 | u64::from(y) << 16 | purpose);
        (mixed(key) >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Where a place of the lattice is, in metres from the middle: corners of superblocks are moved by up to 60 m, and
    /// what lies between is stretched with them.
    fn metres(&self, x: f64, y: f64) -> [f64; 2] {
        let steps = f64::from(STEPS);
        let corner = |i: f64, j: f64| {
            let wobble = |purpose| (self.chance(i as u32, j as u32, purpose) - 0.5) * 120.0;
            let half = f64::from(self.spec.blocks) / 2.0;
            [(i - half) * SIDE + wobble(1), (j - half) * SIDE + wobble(2)]
        };
        let last = f64::from(self.spec.blocks - 1);
        let (i, j) = ((x / steps).floor().min(last), (y / steps).floor().min(last));
        let (u, v) = (x / steps - i, y / steps - j);
        let corners = [corner(i, j), corner(i + 1.0, j), corner(i, j + 1.0), corner(i + 1.0, j + 1.0)];
        let mix = |axis: usize| {
            let south = corners[0][axis] * (1.0 - u) + corners[1][axis] * u;
            let north = corners[2][axis] * (1.0 - u) + corners[3][axis] * u;
            south * (1.0 - v) + north * v
        };
        [mix(0), mix(1)]
    }

    /// How far north of the middle of the river a place is, in metres.
    fn north_of_river(&self, [x, y]: [f64; 2]) -> f64 {
        let phase = self.chance(0, 0, 3) * std::f64::consts::TAU;
        y - (x / 1_900.0 + phase).sin() * 320.0 - (x / 700.0).sin() * 60.0
    }

    fn vertex(&mut self, at: [f64; 2], barrier: Traits) -> Result<u32> {
        let number = index(self.draft.vertices.len())?;
        let place = self.plane.place(at);
        let round = |degrees: f64| (degrees * 1e7).round() * 1e-7;
        self.draft.vertices.push(Position::new(round(place.lon), round(place.lat)));
        self.draft.barriers.push(barrier);
        Ok(number)
    }

    fn lattice(&mut self, x: u32, y: u32) -> Result<u32> {
        let at = x as usize * self.side as usize + y as usize;
        if self.lattice[at] == u32::MAX {
            self.lattice[at] = self.vertex(self.metres(f64::from(x), f64::from(y)), Traits::NONE)?;
        }
        Ok(self.lattice[at])
    }

    /// Main roads at every sixth line of the lattice, lesser streets at the other even ones; one in six of the lesser
    /// pieces is missing.
    fn streets(&mut self) -> Result<()> {
        for line in (0..self.side).step_by(2) {
            let is_main = line % STEPS == 0;
            for start in (0..self.side - 1).step_by(2) {
                for upward in [false, true] {
                    let at = |step: u32| if upward { (line, start + step) } else { (start + step, line) };
                    if !is_main && self.chance(at(0).0, at(0).1, 4 + u64::from(upward)) < 1.0 / 6.0 {
                        continue;
                    }
                    let [south, middle, north] = [at(0), at(1), at(2)]
                        .map(|(x, y)| self.north_of_river(self.metres(f64::from(x), f64::from(y))));
                    let is_dry = [south, middle, north].iter().all(|metres| metres.abs() > BANK);
                    let mut traits = Traits::NONE;
                    if !is_dry || (south > 0.0) != (north > 0.0) {
                        // Over the river only along a bridge.
                        let main = line / STEPS;
                        if !upward || !is_main || !main.is_multiple_of(BRIDGES) && main % BRIDGES != 1 {
                            continue;
                        }
                        if main % BRIDGES == 1 {
                            traits = Traits::STAIRS;
                        }
                    }
                    let vertices = [
                        self.lattice(at(0).0, at(0).1)?,
                        self.lattice(at(1).0, at(1).1)?,
                        self.lattice(at(2).0, at(2).1)?,
                    ];
                    self.draft.line(traits, vertices)?;
                }
            }
        }
        Ok(())
    }

    /// Nine lane corners behind a wall, with a gate on one or two of the four sides; one gate in ten is for residents.
    fn compound(&mut self, x: u32, y: u32) -> Result<()> {
        let at = |u: f64, v: f64| (f64::from(x) + 2.0 * u, f64::from(y) + 2.0 * v);
        let dry = |builder: &Self, (x, y): (f64, f64)| builder.north_of_river(builder.metres(x, y)).abs() > BANK + 20.0;
        let corners = [at(0.0, 0.0), at(1.0, 0.0), at(0.0, 1.0), at(1.0, 1.0), at(0.5, 0.5)];
        let sides: Vec<f64> = corners.iter().map(|(x, y)| self.north_of_river(self.metres(*x, *y))).collect();
        if !corners.into_iter().all(|corner| dry(self, corner))
            || sides.iter().any(|side| (*side > 0.0) != (sides[0] > 0.0))
        {
            return Ok(());
        }
        let (mut lanes, block) = ([[0; 3]; 3], [x / STEPS, y / STEPS]);
        for (column, u) in [0.2, 0.5, 0.8].into_iter().enumerate() {
            for (row, v) in [0.2, 0.5, 0.8].into_iter().enumerate() {
                let (x, y) = at(u, v);
                lanes[column][row] = self.vertex(self.metres(x, y), Traits::NONE)?;
                self.doors.push(self.draft.vertices[lanes[column][row] as usize]);
                self.blocks.push(block);
            }
        }
        for column in lanes {
            self.draft.line(Traits::NONE, column)?;
        }
        self.draft.line(Traits::NONE, [lanes[0][1], lanes[1][1], lanes[2][1]])?;
        let first = (self.chance(x, y, 8) * 4.0) as usize;
        let count = 1 + usize::from(self.chance(x, y, 9) < 0.5);
        for gate in 0..4 {
            // The next street may be missing, or in the river: then the next side gets the gate.
            if self.gates_of(x, y, lanes, (first + gate) % 4)? && gate + 1 >= count {
                break;
            }
        }
        Ok(())
    }

    /// A gate in a side (south, east, north, west), if a street runs there.
    fn gates_of(&mut self, x: u32, y: u32, lanes: [[u32; 3]; 3], side: usize) -> Result<bool> {
        let (street, lane, wall) = [
            ((x + 1, y), lanes[1][0], (1.0, 0.16)),
            ((x + 2, y + 1), lanes[2][1], (1.84, 1.0)),
            ((x + 1, y + 2), lanes[1][2], (1.0, 1.84)),
            ((x, y + 1), lanes[0][1], (0.16, 1.0)),
        ][side];
        let street = self.lattice[street.0 as usize * self.side as usize + street.1 as usize];
        if street == u32::MAX {
            return Ok(false);
        }
        let is_private = self.chance(x, y, 10 + side as u64) < 0.1;
        let at = self.metres(f64::from(x) + wall.0, f64::from(y) + wall.1);
        let gate = self.vertex(at, if is_private { Traits::PRIVATE } else { Traits::NONE })?;
        self.draft.line(Traits::NONE, [street, gate, lane])?;
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Network, Profile, Streets};

    const SMALL: CitySpec = CitySpec { seed: 7, blocks: 8, centre: Position::new(113.82, 34.03) };

    #[test]
    fn the_same_seed_makes_the_same_city_and_another_one_another() {
        let streets = |spec| Streets::of_draft(&city(spec).unwrap().draft).unwrap();
        assert_eq!(streets(SMALL), streets(SMALL));
        assert_ne!(streets(SMALL), streets(CitySpec { seed: 8, ..SMALL }));
    }

    #[test]
    fn the_river_is_crossed_at_bridges_and_homes_are_near_streets() {
        let city = city(SMALL).unwrap();
        assert!(city.draft.lines.iter().any(|line| line.traits.has(Traits::STAIRS)));
        let network = Network::build(Streets::of_draft(&city.draft).unwrap(), Profile::PLANNER).unwrap();
        let homes = city.homes(1, 2_000);
        let mut islands = vec![0; network.island_count() as usize];
        network.snap_all(&homes, 100.0, |_, snap| islands[network.island_of_edge(snap.unwrap().edge) as usize] += 1);
        // Nearly everybody lives on the main island; the rest are behind private gates only.
        assert!(islands.iter().max().unwrap() > &1_700, "{islands:?}");
    }
}
