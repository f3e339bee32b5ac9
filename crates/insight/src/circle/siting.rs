//! Where the next facilities should stand: of candidates along the streets, or of a list, those that bring the most
//! elders within reach, and how much better any choice could be.

use std::{collections::BTreeMap, time::Instant};

use kernel::{Region, Result};
use reach::{
    Position, Snap,
    site::{Cover, Terms, choose},
};
use serde::{Deserialize, Serialize};

use super::{
    areas::{LEAST, square},
    kinds::metres,
    model::Model,
    refusal::Refusal,
    trial::Asked,
};

/// Facilities that one siting may choose.
pub const MOST: usize = 20;
/// Candidates that one siting compares.
const CANDIDATES: usize = 4_000;
/// Between candidates along the streets, in metres.
const APART: i32 = 200;
/// Steps of the proof.
const STEPS: usize = 200;

/// A place where a facility could stand.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    /// What it is called; nothing for a corner of streets.
    pub name: String,
    /// Where it is.
    pub at: Position,
}

/// A chosen place.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Pick {
    /// What it is called; nothing for a corner of streets.
    pub name: String,
    /// The place around it, by the people nearest.
    pub around: String,
    /// Degrees east and north (CGCS2000).
    pub point: (f64, f64),
    /// Elders it brings within reach beyond those before it; fewer than five are told as none, see `few`.
    pub gained: u64,
    /// There are some, but fewer than five.
    pub few: bool,
}

/// A siting.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Sited {
    /// The chosen, best first.
    pub picks: Vec<Pick>,
    /// Elders of the place brought within reach by those that bring five or more.
    pub gained: u64,
    /// No choice of as many brings more than this.
    pub bound: u64,
    /// By how much of what is then reached in all any choice could be better, in per cent.
    pub better: f64,
    /// Candidates compared.
    pub candidates: usize,
    /// Milliseconds it took.
    pub took_ms: u64,
    /// Elders of the group on the map who are reached without it, and all of them.
    pub share: (u64, u64),
}

/// How much of the work is done when the cover sets are begun, and when they are ready.
const SETS: (f64, f64) = (0.1, 0.6);

/// Chooses `count` places for a place; `tell` hears how much of the work is done, from 0 to 1.
///
/// # Errors
/// [`Refusal::BadCount`]; [`Refusal::NoCandidates`].
pub fn site(
    model: &Model,
    place: Region,
    asked: Asked,
    (count, list): (usize, &[Candidate]),
    tell: &mut dyn FnMut(f64),
) -> Result<Sited> {
    if count == 0 || count > MOST {
        return Err(Refusal::BadCount { most: MOST }.into());
    }
    let begun = Instant::now();
    let (kind, minutes, group) = asked;
    let within = metres(minutes);
    let numbers = model.standing(minutes).plan.missed(kind, within);
    let people = numbers.into_iter().filter_map(|number| model.person(number as usize));
    let people = people.filter(|(_, home, traits)| place.contains(*home) && group.holds(*traits));
    let homes: Vec<Position> = people.map(|(position, ..)| position).collect();
    let listed = if list.is_empty() { corners(model, &homes, within) } else { list.to_vec() };
    let on_streets = listed.into_iter().filter_map(|candidate| {
        let snap = model.network().snap(candidate.at, within)?;
        Some((candidate, snap))
    });
    let candidates: Vec<(Candidate, Snap)> = on_streets.collect();
    if candidates.is_empty() {
        return Err(Refusal::NoCandidates.into());
    }
    let mut points = vec![None; homes.len()];
    model.network().snap_all(&homes, within, |at, snap| points[at] = snap);
    let snaps: Vec<Snap> = candidates.iter().map(|(_, snap)| *snap).collect();
    let weights = vec![1; homes.len()];
    let cover = Cover::of_points(model.network(), &snaps, (&points, &weights), within, &mut |done| {
        tell(SETS.0 + (SETS.1 - SETS.0) * done as f64 / snaps.len() as f64);
    });
    let answer = choose(&cover, &Terms::count(count as u64).with_steps(STEPS));
    let picks = answer.chosen.iter().filter_map(|pick| {
        let (candidate, _) = candidates.get(pick.candidate)?;
        Some(picked(model, candidate, pick.gained))
    });
    let picks: Vec<Pick> = picks.filter(|pick| pick.gained > 0 || pick.few).collect();
    let share = share(model, place, asked);
    #[expect(clippy::cast_precision_loss, reason = "counts of people stay far below 2^52")]
    let better = (answer.bound - answer.covered) as f64 * 100.0 / (share.0 + answer.covered).max(1) as f64;
    let took_ms = u64::try_from(begun.elapsed().as_millis())?;
    let gained = picks.iter().map(|pick| pick.gained).sum();
    Ok(Sited { picks, gained, bound: answer.bound, better, candidates: candidates.len(), took_ms, share })
}

/// How many of a place are reached now, and how many are on the map.
fn share(model: &Model, place: Region, (kind, minutes, group): Asked) -> (u64, u64) {
    let coverage = model.standing(minutes).plan.coverage();
    let own = (0..).zip(&coverage.places).filter(|(slot, _)| {
        model.place_of(*slot).is_some_and(|(home, traits)| place.contains(home) && group.holds(traits))
    });
    own.fold((0, 0), |(reached, all), (_, tally)| {
        (reached + tally.within.get(kind).copied().unwrap_or(0), all + tally.all)
    })
}

fn picked(model: &Model, candidate: &Candidate, gained: u64) -> Pick {
    let six = |degrees: f64| (degrees * 1e6).round() / 1e6;
    Pick {
        name: candidate.name.clone(),
        around: around(model, candidate.at).and_then(registry::places::name).unwrap_or_default().to_owned(),
        point: (six(candidate.at.lon), six(candidate.at.lat)),
        gained: if gained < LEAST as u64 { 0 } else { gained },
        few: (1..LEAST as u64).contains(&gained),
    }
}

/// The place whose people live nearest, by the squares of the closest view.
fn around(model: &Model, at: Position) -> Option<Region> {
    let areas = model.areas(kernel::Level::Town);
    let (x, y) = square(model.plane(), at, areas.side);
    let run = areas.runs.iter().find(|run| run.y == y && (run.x..run.x + run.length).contains(&x))?;
    areas.places.get(run.place).copied()
}

/// A corner of streets in each square of 200 m from which somebody who is missed could be reached; wider squares where
/// there would be too many.
fn corners(model: &Model, homes: &[Position], within: f64) -> Vec<Candidate> {
    let mut apart = APART;
    loop {
        let reach = (within / f64::from(apart)).ceil() as i32;
        let mut wanted = std::collections::BTreeSet::new();
        for (x, y) in
            homes.iter().map(|home| square(model.plane(), *home, apart)).collect::<std::collections::BTreeSet<_>>()
        {
            // Half of the way: streets bend.
            let near = (reach / 2).max(1);
            for dx in -near..=near {
                wanted.extend((-near..=near).map(|dy| (x + dx, y + dy)));
            }
        }
        let mut corners = BTreeMap::new();
        for node in 0..u32::try_from(model.network().node_count()).unwrap_or(u32::MAX) {
            let at = model.network().place(node);
            let square = square(model.plane(), at, apart);
            if wanted.contains(&square) {
                corners.entry(square).or_insert(at);
            }
        }
        if corners.len() <= CANDIDATES {
            return corners.into_values().map(|at| Candidate { name: String::new(), at }).collect();
        }
        apart *= 2;
    }
}

/// Reads a pasted list: a line for each candidate, name, longitude and latitude separated by commas or tabs.
///
/// # Errors
/// [`Refusal::BadCandidate`] with the number of the first line that cannot be read.
pub fn listed(text: &str) -> Result<Vec<Candidate>> {
    let lines = (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty());
    let read = lines.map(|(number, line)| {
        let wrong = || Refusal::BadCandidate { line: number };
        let cells: Vec<&str> = line.split([',', '，', '\t']).map(str::trim).collect();
        let [name, lon, lat] = cells.as_slice() else { return Err(wrong().into()) };
        let degrees = |text: &str| text.parse::<f64>().ok().filter(|degrees| degrees.is_finite());
        let (lon, lat) = degrees(lon).zip(degrees(lat)).ok_or_else(wrong)?;
        let at = Position::new(lon, lat);
        if !at.is_on_earth() {
            return Err(wrong().into());
        }
        Ok(Candidate { name: name.chars().take(60).collect(), at })
    });
    read.take(CANDIDATES).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pasted_list_says_which_line_is_wrong() {
        let list = listed("原塔湾小学,113.82,34.03\n\n邮政旧营业厅\t113.83\t34.04\n").unwrap();
        assert_eq!(list.iter().map(|c| c.name.as_str()).collect::<Vec<_>>(), ["原塔湾小学", "邮政旧营业厅"]);
        for (text, line) in [("a,1", 1), ("a,113.8,34.0\nb,x,34", 2), ("a,NaN,34", 1), ("a,113,95", 1)] {
            let kernel::Failure::Refused(refused) = listed(text).unwrap_err() else { panic!("a refusal") };
            assert!(refused.text.to_string().contains(&format!("第 {line} 行")), "{refused:?}");
        }
    }
}
