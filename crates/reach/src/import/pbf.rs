//! OSM PBF. Blobs are decoded by the threads there are; nodes meet the ways that name them in one merge, not in a map.
//!
//! A way that names nodes the file lacks (it was clipped) is cut there.

use std::{
    io::{Cursor, Read},
    sync::atomic::{AtomicU64, Ordering::Relaxed},
};

use osmpbf::{Blob, BlobDecode, BlobReader, Element, PrimitiveBlock};

use super::{Draft, index};
use crate::{
    fault::{Fault, Result},
    geo::Position,
    walk::{Tags, Traits},
};

/// The first blob of every OSM PBF is a header: four bytes of length, a field tag, the word.
pub(super) fn is_pbf(bytes: &[u8]) -> bool {
    bytes.get(4..15) == Some(b"\x0a\x09OSMHeader")
}

/// Degrees in one unit of a stored coordinate (OSM's own resolution).
const DEGREES: f64 = 1e-7;

#[derive(Clone, Copy)]
struct Node {
    id: i64,
    lon: i32,
    lat: i32,
}

/// What one blob holds of interest.
#[derive(Default)]
struct Part {
    nodes: Vec<Node>,
    barriers: Vec<(i64, Traits)>,
    /// Kind and number of references of each walkable way.
    ways: Vec<(Traits, u32)>,
    refs: Vec<i64>,
    ways_seen: usize,
}

pub(super) fn read(bytes: &[u8], threads: usize) -> Result<Draft> {
    let blobs = blobs(bytes)?;
    let parts = decode_all(&blobs, threads)?;
    join(parts)
}

/// A reader that says how far it was read.
struct Counted<'a> {
    inner: Cursor<&'a [u8]>,
    read: &'a AtomicU64,
}

impl Read for Counted<'_> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        let count = self.inner.read(into)?;
        self.read.store(self.inner.position(), Relaxed);
        Ok(count)
    }
}

/// Cuts the file into its blobs, each with the byte at which it starts.
fn blobs(bytes: &[u8]) -> Result<Vec<(u64, Blob)>> {
    let length = bytes.len() as u64;
    let read = AtomicU64::new(0);
    let mut reader = BlobReader::new(Counted { inner: Cursor::new(bytes), read: &read });
    let mut blobs = Vec::new();
    loop {
        let at = read.load(Relaxed);
        if frame_end(bytes, at).is_some_and(|end| end > length) {
            return Err(Fault::Truncated { at, length });
        }
        match reader.next() {
            Some(Ok(blob)) => blobs.push((at, blob)),
            // The reader takes fewer than four bytes of a length for the end.
            None if at < length => return Err(Fault::Truncated { at, length }),
            None => return Ok(blobs),
            Some(Err(_)) if read.load(Relaxed) >= length => return Err(Fault::Truncated { at, length }),
            Some(Err(error)) => return Err(Fault::Damaged { at, cause: error.to_string() }),
        }
    }
}

/// Where the blob that starts at a byte should end: four bytes of length, the header with the blob's size in field 3,
/// the blob. The reader takes a blob that ends early between two of its fields for a whole one.
fn frame_end(bytes: &[u8], at: u64) -> Option<u64> {
    let rest = bytes.get(usize::try_from(at).ok()?..)?;
    let (size, rest) = rest.split_first_chunk::<4>()?;
    let size = u32::from_be_bytes(*size);
    let mut header = rest.get(..size as usize).unwrap_or(rest);
    let varint = |header: &mut &[u8]| -> Option<u64> {
        let mut value = 0;
        for shift in (0..35).step_by(7) {
            let (byte, after) = header.split_first()?;
            *header = after;
            value |= u64::from(byte & 0x7f) << shift;
            if *byte < 0x80 {
                break;
            }
        }
        Some(value)
    };
    if rest.len() < size as usize {
        return Some(u64::MAX);
    }
    loop {
        match varint(&mut header)? {
            0x18 => return Some(at + 4 + u64::from(size) + varint(&mut header)?),
            tag if tag & 7 == 2 => {
                let length = usize::try_from(varint(&mut header)?).ok()?;
                header = header.get(length..)?;
            }
            _ => return None,
        }
    }
}

fn decode_all(blobs: &[(u64, Blob)], threads: usize) -> Result<Vec<Part>> {
    let decode_run = |run: &[(u64, Blob)]| run.iter().map(decode).collect::<Result<Vec<_>>>();
    let share = blobs.len().div_ceil(threads.max(1)).max(1);
    if threads <= 1 || blobs.len() <= share {
        return decode_run(blobs);
    }
    let decode_run = &decode_run;
    let runs = std::thread::scope(|scope| {
        let workers: Vec<_> = blobs.chunks(share).map(|run| scope.spawn(move || decode_run(run))).collect();
        workers
            .into_iter()
            .map(|worker| {
                let ended = worker.join();
                ended.unwrap_or_else(|_| Err(Fault::Damaged { at: 0, cause: "the decoder failed".to_owned() }))
            })
            .collect::<Result<Vec<_>>>()
    })?;
    Ok(runs.into_iter().flatten().collect())
}

fn decode((at, blob): &(u64, Blob)) -> Result<Part> {
    let damaged = |cause: String| Fault::Damaged { at: *at, cause };
    match blob.decode().map_err(|error| damaged(error.to_string()))? {
        BlobDecode::OsmHeader(header) => {
            let foreign = header
                .required_features()
                .iter()
                .find(|feature| !matches!(feature.as_str(), "OsmSchema-V0.6" | "DenseNodes" | "HistoricalInformation"));
            match foreign {
                Some(feature) => Err(damaged(format!("it requires the feature {feature:?}, which is not known"))),
                None => Ok(Part::default()),
            }
        }
        BlobDecode::OsmData(block) => part(&block).map_err(damaged),
        BlobDecode::Unknown(_) => Ok(Part::default()),
    }
}

fn part(block: &PrimitiveBlock) -> std::result::Result<Part, String> {
    let mut part = Part::default();
    for element in block.elements() {
        match element {
            Element::DenseNode(node) => {
                part.node(node.id(), [node.nano_lon(), node.nano_lat()], || node.tags())?;
            }
            Element::Node(node) => part.node(node.id(), [node.nano_lon(), node.nano_lat()], || node.tags())?,
            Element::Way(way) => {
                part.ways_seen += 1;
                let mut tags = Tags::default();
                way.tags().for_each(|(key, value)| tags.note(key, value));
                if let Some(traits) = tags.way() {
                    let before = part.refs.len();
                    part.refs.extend(way.refs());
                    part.ways.push((traits, u32::try_from(part.refs.len() - before).unwrap_or(0)));
                }
            }
            Element::Relation(_) => {}
        }
    }
    Ok(part)
}

impl Part {
    fn node<'a, T: Iterator<Item = (&'a str, &'a str)>>(
        &mut self,
        id: i64,
        nano: [i64; 2],
        tags: impl FnOnce() -> T,
    ) -> std::result::Result<(), String> {
        // To the nearest of OSM's units, away from zero in the middle; finer granularities are below 6 mm.
        let [lon, lat] = nano.map(|nano| i32::try_from(nano.saturating_add(50 * nano.signum()) / 100).ok());
        let (Some(lon), Some(lat)) = (lon, lat) else {
            return Err(format!("node {id} lies beyond ±180°, ±90°"));
        };
        if lon.unsigned_abs() > 1_800_000_000 || lat.unsigned_abs() > 900_000_000 {
            return Err(format!("node {id} lies beyond ±180°, ±90°"));
        }
        self.nodes.push(Node { id, lon, lat });
        let mut known = Tags::default();
        tags().for_each(|(key, value)| known.note(key, value));
        let traits = known.node();
        if traits != Traits::NONE {
            self.barriers.push((id, traits));
        }
        Ok(())
    }
}

/// Lets ways and nodes meet: references sorted by node, nodes sorted by id, one pass over both.
fn join(parts: Vec<Part>) -> Result<Draft> {
    let mut nodes: Vec<Node> = Vec::with_capacity(parts.iter().map(|part| part.nodes.len()).sum());
    let (mut barriers, mut ways, mut refs) = (Vec::new(), Vec::new(), Vec::new());
    let mut draft = Draft { attribution: "© OpenStreetMap contributors, ODbL 1.0".to_owned(), ..Draft::default() };
    for part in parts {
        nodes.extend(part.nodes);
        barriers.extend(part.barriers);
        ways.extend(part.ways);
        refs.extend(part.refs);
        draft.lines_seen += part.ways_seen;
    }
    if !nodes.is_sorted_by_key(|node| node.id) {
        nodes.sort_by_key(|node| node.id);
    }
    // A history or a merged file may hold a node twice: the last one counts.
    nodes.dedup_by(|later, earlier| {
        let same = later.id == earlier.id;
        if same {
            *earlier = *later;
        }
        same
    });
    barriers.sort_by_key(|(id, _)| *id);
    let vertex_of_ref = meet(&mut draft, &nodes, &refs)?;
    for (id, traits) in barriers {
        if let Ok(at) = nodes.binary_search_by_key(&id, |node| node.id)
            && let Some(vertex) = vertex_of_ref.vertex_of_node.get(at)
            && let Some(barrier) = draft.barriers.get_mut(*vertex as usize)
        {
            *barrier = traits;
        }
    }
    let mut rest = vertex_of_ref.of_ref.as_slice();
    for (traits, count) in ways {
        let (own, after) = rest.split_at(rest.len().min(count as usize));
        rest = after;
        for run in own.split(|vertex| *vertex == MISSING) {
            draft.line(traits, run.iter().copied())?;
        }
    }
    Ok(draft)
}

/// Marks a reference to a node that the file lacks, and a node that no walkable way names.
const MISSING: u32 = u32::MAX;

struct Met {
    of_ref: Vec<u32>,
    vertex_of_node: Vec<u32>,
}

fn meet(draft: &mut Draft, nodes: &[Node], refs: &[i64]) -> Result<Met> {
    index(refs.len())?;
    index(nodes.len())?;
    let mut sorted: Vec<(i64, u32)> = (0_u32..).zip(refs).map(|(at, id)| (*id, at)).collect();
    sorted.sort_unstable();
    let mut met = Met { of_ref: vec![MISSING; refs.len()], vertex_of_node: vec![MISSING; nodes.len()] };
    let mut at = 0;
    for (id, reference) in sorted {
        while nodes.get(at).is_some_and(|node| node.id < id) {
            at += 1;
        }
        let Some(node) = nodes.get(at).filter(|node| node.id == id) else { continue };
        if met.vertex_of_node[at] == MISSING {
            met.vertex_of_node[at] = index(draft.vertices.len())?;
            draft.vertices.push(Position::new(f64::from(node.lon) * DEGREES, f64::from(node.lat) * DEGREES));
            draft.barriers.push(Traits::NONE);
        }
        met.of_ref[reference as usize] = met.vertex_of_node[at];
    }
    Ok(met)
}
