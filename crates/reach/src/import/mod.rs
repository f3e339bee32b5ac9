//! The one way from foreign files to streets: every reader fills a [`Draft`], and [`Streets::of_draft`] makes
//! [`Streets`] of it. Readers take bytes and never panic on any.

mod geojson;
mod pbf;

use std::path::Path;

use crate::{
    datum::Datum,
    fault::{Fault, Result},
    geo::Position,
    pack,
    streets::Streets,
    walk::Traits,
};

/// How to read a file of streets.
#[derive(Clone, Copy, Debug)]
pub struct Reading {
    /// The datum of a GeoJSON file's coordinates. OSM PBF and packed files are WGS84 by definition.
    pub datum: Datum,
    /// How many threads may decode; at least one.
    pub threads: usize,
}

impl Default for Reading {
    fn default() -> Self {
        Self { datum: Datum::Wgs84, threads: 1 }
    }
}

/// Walkable lines over shared vertices, as a source has them and before anything is joined or left out.
#[derive(Clone, Debug, Default)]
pub struct Draft {
    /// Where each vertex is.
    pub vertices: Vec<Position>,
    /// What each vertex does to walkers.
    pub barriers: Vec<Traits>,
    /// The lines, in the order of the file.
    pub lines: Vec<Line>,
    /// The vertices of all lines, one line after the other.
    pub refs: Vec<u32>,
    /// How many lines the source has, walkable or not.
    pub lines_seen: usize,
    /// Whose data it is, to be shown wherever a result of it is.
    pub attribution: String,
}

/// A run of vertices in [`Draft::refs`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line {
    /// What kind of way it is.
    pub traits: Traits,
    /// Where its vertices start in `refs`.
    pub start: u32,
    /// Where they end.
    pub end: u32,
}

impl Draft {
    /// Adds a line over vertices that are there already; a line of fewer than two is left out.
    ///
    /// # Errors
    /// [`Fault::TooMany`] beyond 2³² references.
    pub fn line(&mut self, traits: Traits, vertices: impl IntoIterator<Item = u32>) -> Result<()> {
        let start = index(self.refs.len())?;
        self.refs.extend(vertices);
        let end = index(self.refs.len())?;
        if end - start < 2 {
            self.refs.truncate(start as usize);
        } else {
            self.lines.push(Line { traits, start, end });
        }
        Ok(())
    }

    /// The vertices of a line.
    #[must_use]
    pub fn refs_of(&self, line: Line) -> &[u32] {
        self.refs.get(line.start as usize..line.end as usize).unwrap_or_default()
    }
}

/// A number of things as an index; the last two values stay free for marks.
pub(crate) fn index(count: usize) -> Result<u32> {
    u32::try_from(count).ok().filter(|count| *count < u32::MAX - 1).ok_or(Fault::TooMany)
}

/// Reads a file of streets: OSM PBF, GeoJSON or packed, told apart by their first bytes.
///
/// # Errors
/// [`Fault::File`] if it cannot be read; else as [`read`].
pub fn read_file(path: &Path, how: Reading) -> Result<Streets> {
    let bytes = std::fs::read(path)
        .map_err(|error| Fault::File { file: path.display().to_string(), cause: error.to_string() })?;
    read(&bytes, how)
}

/// Reads streets from the bytes of a file.
///
/// # Errors
/// A [`Fault`] that says what is wrong and where.
pub fn read(bytes: &[u8], how: Reading) -> Result<Streets> {
    if pack::is_packed(bytes) {
        if how.datum != Datum::Wgs84 {
            return Err(Fault::MixedDatums {
                what: "streets".to_owned(),
                found: "wgs84 (packed file)".to_owned(),
                stated: how.datum.to_string(),
            });
        }
        return pack::unpack(bytes);
    }
    Streets::of_draft(&draft(bytes, how)?)
}

/// Reads the walkable lines of an OSM PBF or GeoJSON file, before anything is joined: the plain graph to check against.
///
/// # Errors
/// A [`Fault`] that says what is wrong and where.
pub fn draft(bytes: &[u8], how: Reading) -> Result<Draft> {
    let draft = if geojson::is_geojson(bytes) {
        geojson::read(bytes, how.datum)?
    } else if pbf::is_pbf(bytes) {
        if how.datum != Datum::Wgs84 {
            return Err(Fault::MixedDatums {
                what: "streets".to_owned(),
                found: "wgs84 (OSM PBF)".to_owned(),
                stated: how.datum.to_string(),
            });
        }
        pbf::read(bytes, how.threads.max(1))?
    } else {
        return Err(Fault::UnknownFormat(first_bytes(bytes)));
    };
    if draft.lines.is_empty() {
        return Err(Fault::NoWalkableWay(draft.lines_seen));
    }
    Ok(draft)
}

fn first_bytes(bytes: &[u8]) -> String {
    if bytes.is_empty() {
        return "none".to_owned();
    }
    bytes.iter().take(8).map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(" ")
}
