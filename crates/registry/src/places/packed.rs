//! The packed names: provinces to towns are unpacked at first use (a few milliseconds), the villages of a county when
//! first asked for.

use std::{
    io::Read as _,
    sync::{LazyLock, OnceLock},
};

use flate2::read::ZlibDecoder;
use kernel::{PlaceRange, Region};

use super::Place;

static UPPER: LazyLock<Names> =
    LazyLock::new(|| Names::of_upper(unpacked(include_bytes!(concat!(env!("OUT_DIR"), "/upper.z")))));
static COUNTIES: LazyLock<Vec<County>> = LazyLock::new(counties);
const VILLAGES: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/villages.z"));

/// Names by code, in the order of codes.
#[derive(Default)]
pub(super) struct Names {
    text: String,
    entries: Vec<Entry>,
}

struct Entry {
    place: Region,
    start: u32,
    len: u32,
}

struct County {
    home: i32,
    block: &'static [u8],
    names: OnceLock<Names>,
}

impl Names {
    fn of_upper(text: String) -> Self {
        let mut names = Self { text, entries: Vec::with_capacity(45_000) };
        let mut start = 0;
        for line in names.text.split_terminator('\n') {
            if let Some((code, name)) = line.split_once('\t') {
                names.entries.push(entry(code.parse().unwrap_or(0), start + code.len() + 1, name));
            }
            start += line.len() + 1;
        }
        names
    }

    fn of_county(home: i32, text: String) -> Self {
        let mut names = Self { text, entries: Vec::new() };
        let (mut start, mut town, mut village) = (0, 0, 0);
        for line in names.text.split_terminator('\n') {
            if let Some(opened) = line.strip_prefix('*') {
                (town, village) = (opened.parse::<i64>().unwrap_or(0), 0);
            } else {
                let (number, name) = line.split_once('\t').unwrap_or(("", line));
                village = number.parse().unwrap_or(village + 1);
                let code = i64::from(home) * 1_000_000 + town * 1_000 + village;
                names.entries.push(entry(code, start + line.len() - name.len(), name));
            }
            start += line.len() + 1;
        }
        names
    }

    fn place(&'static self, entry: &Entry) -> Place {
        Place { region: entry.place, name: &self.text[entry.start as usize..(entry.start + entry.len) as usize] }
    }

    /// The name of one code.
    pub(super) fn get(&'static self, place: Region) -> Option<Place> {
        let at = self.entries.binary_search_by_key(&place, |e| e.place).ok()?;
        Some(self.place(&self.entries[at]))
    }

    /// All places whose code lies in the range.
    pub(super) fn within(&'static self, range: PlaceRange) -> impl DoubleEndedIterator<Item = Place> {
        let from = self.entries.partition_point(|e| e.place.code() < range.lo);
        let to = self.entries.partition_point(|e| e.place.code() <= range.hi);
        self.entries[from..to].iter().map(|e| self.place(e))
    }
}

fn entry(code: i64, start: usize, name: &str) -> Entry {
    let place = Region::new(code).unwrap_or_else(|fault| unreachable!("packed place {code}: {fault}"));
    Entry { place, start: start as u32, len: name.len() as u32 }
}

/// Provinces, cities, counties and towns.
pub(super) fn upper() -> &'static Names {
    &UPPER
}

/// The villages of a home (a county, or a city without counties); none for others.
pub(super) fn villages(home: i32) -> Option<&'static Names> {
    let at = COUNTIES.binary_search_by_key(&home, |c| c.home).ok()?;
    let county = &COUNTIES[at];
    Some(county.names.get_or_init(|| Names::of_county(county.home, unpacked(county.block))))
}

fn counties() -> Vec<County> {
    let index = include_bytes!(concat!(env!("OUT_DIR"), "/villages.idx"));
    let (numbers, _) = index.as_chunks::<4>();
    let (rows, _) = numbers.as_chunks::<3>();
    let county = |row: &[[u8; 4]; 3]| {
        let [home, start, len] = row.map(|n| u32::from_le_bytes(n) as usize);
        County { home: home as i32, block: &VILLAGES[start..start + len], names: OnceLock::new() }
    };
    rows.iter().map(county).collect()
}

fn unpacked(block: &[u8]) -> String {
    let mut text = String::new();
    match ZlibDecoder::new(block).read_to_string(&mut text) {
        Ok(_) => text,
        Err(error) => unreachable!("a block packed by build.rs: {error}"),
    }
}
