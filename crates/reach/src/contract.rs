//! Draft → streets: pieces between the same vertices are joined into a graph, and vertices where nothing branches,
//! nothing is closed and the kind of way stays the same become bends of a chain.

use crate::{
    fault::{Fault, Result},
    geo::{Bounds, MAX_LIMIT, Position, hilbert},
    import::{Draft, index},
    streets::{Chain, Streets},
    walk::Traits,
};

/// A straight piece between two vertices.
#[derive(Clone, Copy)]
struct Piece {
    ends: [u32; 2],
    traits: Traits,
}

/// A chain before junctions have their final numbers; ends are vertices.
struct Run {
    ends: [u32; 2],
    traits: Traits,
    bends: std::ops::Range<usize>,
}

pub(crate) fn contract(draft: &Draft) -> Result<Streets> {
    let pieces = pieces(draft)?;
    if pieces.is_empty() {
        return Err(Fault::NoWalkableWay(draft.lines_seen));
    }
    index(pieces.len() * 2)?;
    let mut walker = Walker::new(draft, &pieces);
    walker.walk_all();
    number(draft, walker)
}

fn pieces(draft: &Draft) -> Result<Vec<Piece>> {
    let mut pieces = Vec::with_capacity(draft.refs.len());
    for (number, line) in (1..).zip(&draft.lines) {
        for two in draft.refs_of(*line).windows(2) {
            let (Some(a), Some(b)) = (draft.vertices.get(two[0] as usize), draft.vertices.get(two[1] as usize)) else {
                continue;
            };
            if two[0] == two[1] {
                continue;
            }
            // Cheap test first: half a degree of latitude is 55 km.
            if (a.lon - b.lon).abs() > 0.5 || (a.lat - b.lat).abs() > 0.5 {
                let metres = a.metres_to(*b);
                if metres > MAX_LIMIT || (a.lon - b.lon).abs() > 180.0 {
                    return Err(Fault::TooLong { line: number, metres: metres as u64 });
                }
            }
            pieces.push(Piece { ends: [two[0], two[1]], traits: line.traits });
        }
    }
    Ok(without_doubles(pieces))
}

/// Ways that run over the same vertices (an outline along a street) are one street: of pieces of the same kind between
/// the same two vertices the first is kept.
fn without_doubles(mut pieces: Vec<Piece>) -> Vec<Piece> {
    let mut keys: Vec<(u64, u8, u32)> = (0..)
        .zip(&pieces)
        .map(|(number, Piece { ends: [a, b], traits })| {
            (u64::from(*a.min(b)) << 32 | u64::from(*a.max(b)), traits.0, number)
        })
        .collect();
    keys.sort_unstable();
    let mut doubles: Vec<u32> =
        keys.windows(2).filter(|two| (two[0].0, two[0].1) == (two[1].0, two[1].1)).map(|two| two[1].2).collect();
    if doubles.is_empty() {
        return pieces;
    }
    doubles.sort_unstable();
    let mut doubles = doubles.into_iter().peekable();
    let mut number = 0;
    pieces.retain(|_| {
        let is_double = doubles.next_if_eq(&number).is_some();
        number += 1;
        !is_double
    });
    pieces
}

struct Walker<'a> {
    places: &'a [Position],
    pieces: &'a [Piece],
    /// Pieces at each vertex: `at[first[v]..first[v + 1]]`.
    first: Vec<u32>,
    at: Vec<u32>,
    is_junction: Vec<bool>,
    is_used: Vec<bool>,
    runs: Vec<Run>,
    bends: Vec<Position>,
}

impl<'a> Walker<'a> {
    fn new(draft: &'a Draft, pieces: &'a [Piece]) -> Self {
        let count = draft.vertices.len();
        let mut first = vec![0_u32; count + 1];
        for vertex in pieces.iter().flat_map(|piece| piece.ends) {
            first[vertex as usize + 1] += 1;
        }
        for vertex in 0..count {
            first[vertex + 1] += first[vertex];
        }
        let mut next = first.clone();
        let mut at = vec![0_u32; pieces.len() * 2];
        for (number, piece) in (0_u32..).zip(pieces) {
            for vertex in piece.ends {
                at[next[vertex as usize] as usize] = number;
                next[vertex as usize] += 1;
            }
        }
        let is_junction = (0..count)
            .map(|vertex| match &at[first[vertex] as usize..first[vertex + 1] as usize] {
                [] => false,
                [a, b] => {
                    pieces[*a as usize].traits != pieces[*b as usize].traits
                        || draft.barriers.get(vertex).is_some_and(|barrier| *barrier != Traits::NONE)
                }
                _ => true,
            })
            .collect();
        let is_used = vec![false; pieces.len()];
        Self { places: &draft.vertices, pieces, first, at, is_junction, is_used, runs: Vec::new(), bends: Vec::new() }
    }

    fn pieces_at(&self, vertex: u32) -> std::ops::Range<usize> {
        self.first[vertex as usize] as usize..self.first[vertex as usize + 1] as usize
    }

    fn walk_all(&mut self) {
        for vertex in 0..self.is_junction.len() {
            if self.is_junction[vertex] {
                // The number of vertices was checked to fit.
                self.walk_from(vertex as u32);
            }
        }
        // What is left are rings without a junction: any vertex serves as one.
        for piece in 0..self.pieces.len() {
            if !self.is_used[piece] {
                let vertex = self.pieces[piece].ends[0];
                self.is_junction[vertex as usize] = true;
                self.walk_from(vertex);
            }
        }
    }

    fn walk_from(&mut self, vertex: u32) {
        let mut open = vec![vertex];
        while let Some(vertex) = open.pop() {
            for place in self.pieces_at(vertex) {
                let piece = self.at[place] as usize;
                if !self.is_used[piece]
                    && let Some(split) = self.walk(vertex, piece)
                {
                    open.push(split);
                }
            }
        }
    }

    /// Follows one chain to the next junction; returns the vertex where it was split for being too long.
    fn walk(&mut self, from: u32, piece: usize) -> Option<u32> {
        let traits = self.pieces[piece].traits;
        let bends = self.bends.len();
        let (mut vertex, mut piece, mut length) = (from, piece, 0.0);
        let mut split = None;
        loop {
            self.is_used[piece] = true;
            let [a, b] = self.pieces[piece].ends;
            let next = if a == vertex { b } else { a };
            let (here, there) = (self.places[vertex as usize], self.places[next as usize]);
            length += (here.lon - there.lon).abs() + (here.lat - there.lat).abs();
            vertex = next;
            // About 50 km, so that a chain's cost always fits its type.
            if length > 0.5 && !self.is_junction[vertex as usize] {
                self.is_junction[vertex as usize] = true;
                split = Some(vertex);
            }
            if self.is_junction[vertex as usize] {
                break;
            }
            let onward = self.pieces_at(vertex).map(|place| self.at[place] as usize).find(|next| !self.is_used[*next]);
            let Some(onward) = onward else { break };
            self.bends.push(self.places[vertex as usize]);
            piece = onward;
        }
        self.runs.push(Run { ends: [from, vertex], traits, bends: bends..self.bends.len() });
        split
    }
}

/// Gives junctions and chains their final numbers.
fn number(draft: &Draft, walker: Walker<'_>) -> Result<Streets> {
    let Walker { is_junction, mut runs, bends, .. } = walker;
    let bounds = Bounds::around(draft.vertices.iter().copied());
    let mut order: Vec<(u32, u32)> = (0_u32..)
        .zip(&is_junction)
        .filter(|(_, is_junction)| **is_junction)
        .map(|(vertex, _)| {
            let (x, y) = bounds.cell(draft.vertices[vertex as usize]);
            (hilbert(x, y), vertex)
        })
        .collect();
    order.sort_unstable();
    let mut number_of = vec![0_u32; draft.vertices.len()];
    for (number, (_, vertex)) in (0_u32..).zip(&order) {
        number_of[*vertex as usize] = number;
    }
    for run in &mut runs {
        run.ends = run.ends.map(|vertex| number_of[vertex as usize]);
    }
    runs.sort_by_key(|run| run.ends);
    let mut streets = Streets {
        junctions: order.iter().map(|(_, vertex)| draft.vertices[*vertex as usize]).collect(),
        barriers: order
            .iter()
            .map(|(_, vertex)| draft.barriers.get(*vertex as usize).copied().unwrap_or_default())
            .collect(),
        chains: Vec::with_capacity(runs.len()),
        bends: Vec::with_capacity(bends.len()),
        attribution: draft.attribution.clone(),
    };
    for run in runs {
        let [from, to] = run.ends;
        streets.chains.push(Chain { from, to, bends: index(streets.bends.len())?, traits: run.traits });
        streets.bends.extend_from_slice(&bends[run.bends]);
    }
    Ok(streets)
}
