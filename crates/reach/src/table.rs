//! Tables of places as comma-separated text: with or without byte order mark, CR LF or LF, quoted cells with doubled
//! quotation marks, columns found by name in any order, others passed over, empty lines skipped. An id is kept byte for
//! byte as it stands in its cell, quotation marks and all.

use std::{borrow::Cow, ops::Range};

use crate::{
    datum::Datum,
    fault::{Fault, Flaw, Result, Table},
    geo::Position,
};

/// A table of places: its bytes, and which columns to read.
#[derive(Clone, Debug)]
pub struct Sheet<'a> {
    table: Table,
    bytes: &'a [u8],
    /// Where the first row below the header starts.
    body: usize,
    /// The row number of that one, minus one.
    rows_before: u64,
    columns: Columns,
    datum: Datum,
}

#[derive(Clone, Debug)]
struct Columns {
    id: usize,
    lon: usize,
    lat: usize,
    /// `kind` of facilities.
    kind: Option<usize>,
    weight: Option<(usize, String)>,
    datum: Option<usize>,
}

/// One row of a table.
#[derive(Clone, Debug)]
pub struct Row {
    /// Its number; the header is row 1.
    pub number: u64,
    /// Where its id stands in the bytes of the table, quotation marks included.
    pub id: Range<usize>,
    /// Where it is, in WGS84.
    pub place: Position,
    /// How much it counts for; 1 without a column of weights.
    pub weight: u32,
    /// Where its kind stands in the bytes of the table.
    pub kind: Range<usize>,
}

/// Names of the columns of coordinates; the first of each is the documented one.
const LON: [&str; 4] = ["lon", "lng", "longitude", "经度"];
const LAT: [&str; 3] = ["lat", "latitude", "纬度"];

impl<'a> Sheet<'a> {
    /// Reads the header. `weight` names the column that says how much a row counts for. Coordinates are in `datum`,
    /// unless a column `datum` says otherwise.
    ///
    /// # Errors
    /// [`Fault::NoColumn`] if `id`, `lon`, `lat`, `kind` (of facilities) or the column of weights is missing.
    pub fn open(table: Table, bytes: &'a [u8], weight: Option<&str>, datum: Datum) -> Result<Self> {
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let mut cells = Vec::new();
        let (mut at, mut rows) = (0, 0);
        while at < bytes.len() && is_blank(&cells) {
            rows += 1;
            at = split(bytes, at, &mut cells).ok_or(Fault::OpenQuote { table, row: rows })?;
        }
        let names: Vec<String> = cells
            .iter()
            .map(|cell| String::from_utf8_lossy(&unquoted(&bytes[cell.clone()])).trim().to_lowercase())
            .collect();
        let find = |wanted: &[&str]| wanted.iter().find_map(|name| names.iter().position(|found| found == name));
        let need = |wanted: &[&str]| {
            find(wanted).ok_or_else(|| Fault::NoColumn { table, column: wanted.first().unwrap_or(&"").to_string() })
        };
        let weight = weight.map(|name| need(&[&name.trim().to_lowercase()]).map(|at| (at, name.to_owned())));
        let columns = Columns {
            id: need(&["id"])?,
            lon: need(&LON)?,
            lat: need(&LAT)?,
            kind: if table == Table::Facilities { Some(need(&["kind"])?) } else { None },
            weight: weight.transpose()?,
            datum: find(&["datum"]),
        };
        Ok(Self { table, bytes, body: at, rows_before: rows, columns, datum })
    }

    /// The bytes that ranges of rows refer to.
    #[must_use]
    pub const fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// Cuts the rows into about as many runs as asked for, each to be read by [`Sheet::rows`]. A table with a quotation
    /// mark anywhere is one run, because only a reader from its start can tell what a line break in it means.
    #[must_use]
    pub fn runs(&self, count: usize) -> Vec<Range<usize>> {
        let body = &self.bytes[self.body..];
        if count <= 1 || body.contains(&b'"') {
            return std::iter::once(self.body..self.bytes.len()).collect();
        }
        let share = body.len().div_ceil(count).max(1);
        let mut runs = Vec::with_capacity(count);
        let mut start = self.body;
        while start < self.bytes.len() {
            let middle = (start + share).min(self.bytes.len());
            let end = self.bytes[middle..]
                .iter()
                .position(|byte| *byte == b'\n')
                .map_or(self.bytes.len(), |at| middle + at + 1);
            runs.push(start..end);
            start = end;
        }
        runs
    }

    /// The number of the last row before a run, for [`Sheet::rows`].
    #[must_use]
    pub fn rows_before(&self, run: &Range<usize>) -> u64 {
        let breaks = self.bytes[self.body..run.start].iter().filter(|byte| **byte == b'\n').count();
        self.rows_before + breaks as u64
    }

    /// Reads the rows of a run, in order.
    ///
    /// # Errors
    /// A [`Fault`] with the first row that is wrong, or whatever `take` fails with.
    pub fn rows(&self, run: Range<usize>, mut take: impl FnMut(Row) -> Result<()>) -> Result<()> {
        let mut number = self.rows_before(&run);
        let (mut at, mut cells) = (run.start, Vec::with_capacity(8));
        let bytes = self.bytes.get(..run.end).unwrap_or(self.bytes);
        let mut datum = None;
        while at < bytes.len() {
            number += 1;
            at = split(bytes, at, &mut cells).ok_or(Fault::OpenQuote { table: self.table, row: number })?;
            if is_blank(&cells) {
                continue;
            }
            let row = self.row(number, &cells)?;
            if let Some(column) = self.columns.datum {
                self.check_datum(number, cells.get(column), &mut datum)?;
            }
            take(row)?;
        }
        Ok(())
    }

    fn row(&self, number: u64, cells: &[Range<usize>]) -> Result<Row> {
        let cell = |column: usize| cells.get(column).cloned().unwrap_or(0..0);
        let wrong =
            |column: &str, flaw| Fault::Cell { table: self.table, row: number, column: column.to_owned(), flaw };
        let degrees = |column: usize, name: &str, most: f64| {
            let value = number_in(&self.bytes[cell(column)]).map_err(|flaw| wrong(name, flaw))?;
            if value.abs() <= most { Ok(value) } else { Err(wrong(name, Flaw::OutOfRange(value.to_string()))) }
        };
        let place = Position::new(degrees(self.columns.lon, LON[0], 180.0)?, degrees(self.columns.lat, LAT[0], 90.0)?);
        let weight = match &self.columns.weight {
            None => 1,
            Some((column, name)) => weight_in(&self.bytes[cell(*column)]).map_err(|flaw| wrong(name, flaw))?,
        };
        let kind = self.columns.kind.map_or(0..0, cell);
        if self.columns.kind.is_some() && unquoted(&self.bytes[kind.clone()]).trim_ascii().is_empty() {
            return Err(wrong("kind", Flaw::Missing));
        }
        Ok(Row { number, id: cell(self.columns.id), place: self.datum.to_wgs84(place), weight, kind })
    }

    /// A column `datum` must say the same in every row, and the same as was stated.
    fn check_datum(&self, number: u64, cell: Option<&Range<usize>>, before: &mut Option<Datum>) -> Result<()> {
        let text = cell.map(|cell| unquoted(&self.bytes[cell.clone()])).unwrap_or_default();
        let text = String::from_utf8_lossy(&text).trim().to_owned();
        let stated = before.unwrap_or(self.datum);
        match text.parse::<Datum>() {
            Ok(datum) if datum == stated => {
                *before = Some(datum);
                Ok(())
            }
            _ => Err(Fault::MixedDatums {
                what: format!("{}: row {number}", self.table),
                found: if text.is_empty() { "nothing".to_owned() } else { text },
                stated: stated.to_string(),
            }),
        }
    }
}

fn is_blank(cells: &[Range<usize>]) -> bool {
    match cells {
        [] => true,
        [only] => only.is_empty(),
        _ => false,
    }
}

/// Finds the cells of the row that starts at a byte; returns where the next row starts, or `None` for a quotation mark
/// that is never closed.
fn split(bytes: &[u8], start: usize, cells: &mut Vec<Range<usize>>) -> Option<usize> {
    cells.clear();
    let mut at = start;
    loop {
        let from = at;
        // A quotation mark opens a cell only at its start; elsewhere it is a character.
        if bytes.get(at) == Some(&b'"') {
            at += 1;
            loop {
                at += bytes.get(at..)?.iter().position(|byte| *byte == b'"')? + 1;
                if bytes.get(at) != Some(&b'"') {
                    break;
                }
                at += 1;
            }
        }
        let rest = bytes.get(at..).unwrap_or_default();
        let length = rest.iter().position(|byte| *byte == b',' || *byte == b'\n').unwrap_or(rest.len());
        at += length;
        let ends_row = rest.get(length) != Some(&b',');
        let end = if ends_row && at > from && bytes.get(at - 1) == Some(&b'\r') { at - 1 } else { at };
        cells.push(from..end);
        at += 1;
        if ends_row {
            return Some(at.min(bytes.len()));
        }
    }
}

/// The text of a cell without its quotation marks.
#[must_use]
pub fn unquoted(cell: &[u8]) -> Cow<'_, [u8]> {
    let Some(inner) = cell.strip_prefix(b"\"").and_then(|cell| cell.strip_suffix(b"\"")) else {
        return Cow::Borrowed(cell);
    };
    if !inner.contains(&b'"') {
        return Cow::Borrowed(inner);
    }
    let mut text = Vec::with_capacity(inner.len());
    let mut bytes = inner.iter();
    while let Some(byte) = bytes.next() {
        text.push(*byte);
        if *byte == b'"' {
            bytes.next();
        }
    }
    Cow::Owned(text)
}

fn shortened(text: &str) -> String {
    text.chars().take(40).collect()
}

fn number_in(cell: &[u8]) -> std::result::Result<f64, Flaw> {
    let text = unquoted(cell);
    let text = text.trim_ascii();
    if text.is_empty() {
        return Err(Flaw::Missing);
    }
    let value = std::str::from_utf8(text).ok().and_then(|text| text.parse::<f64>().ok());
    let lossy = || shortened(&String::from_utf8_lossy(text));
    match value {
        None => Err(Flaw::NotANumber(lossy())),
        Some(value) if !value.is_finite() => Err(Flaw::NotFinite(lossy())),
        Some(value) => Ok(value),
    }
}

fn weight_in(cell: &[u8]) -> std::result::Result<u32, Flaw> {
    let value = number_in(cell)?;
    if value >= 0.0 && value <= f64::from(u32::MAX) && value.fract() == 0.0 {
        Ok(value as u32)
    } else {
        Err(Flaw::NotAWeight(value.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(text: &str, count: usize) -> Result<Vec<(u64, String, f64)>> {
        let sheet = Sheet::open(Table::Points, text.as_bytes(), None, Datum::Wgs84)?;
        let mut rows = Vec::new();
        for run in sheet.runs(count) {
            sheet.rows(run, |row| {
                let id = String::from_utf8_lossy(&sheet.bytes()[row.id]).into_owned();
                rows.push((row.number, id, row.place.lon));
                Ok(())
            })?;
        }
        Ok(rows)
    }

    #[test]
    fn ids_stay_as_they_stand_and_columns_are_found_by_name() {
        let text = "\u{feff}Lat,note,\"ID\", lon\r\n41.1,\"a, \"\"b\"\"\n c\",007,-8.6\r\n\r\n41.2,,\"x,1\",-8.5";
        assert_eq!(ids(text, 4), Ok(vec![(2, "007".into(), -8.6), (4, "\"x,1\"".into(), -8.5)]));
    }

    #[test]
    fn any_number_of_runs_reads_the_same_rows() {
        let text: String = std::iter::once("id,lon,lat\n".to_owned())
            .chain((0..100).map(|n| format!("p{n},{},1\n", n % 90)))
            .collect();
        let whole = ids(&text, 1).unwrap();
        assert_eq!(whole.len(), 100);
        for count in 2..40 {
            assert_eq!(ids(&text, count).unwrap(), whole);
        }
    }

    #[test]
    fn a_wrong_cell_is_named_by_row_and_column() {
        let said = |text: &str| ids(text, 1).unwrap_err().to_string();
        assert_eq!(
            said("id,lon,lat\na,1,2\nb,NaN,3\n"),
            "points: row 3, column \"lon\": \"NaN\" is not a finite number"
        );
        assert_eq!(
            said("id,lon,lat\na,1,91\n"),
            "points: row 2, column \"lat\": \"91\" is out of range (longitude ±180, latitude ±90)"
        );
        assert_eq!(said("id,lon,lat\na,1\n"), "points: row 2, column \"lat\": empty");
        assert_eq!(said("id,lon,lat\na,x,1\n"), "points: row 2, column \"lon\": \"x\" is not a number");
        assert_eq!(said("id,lat\n"), "points: no column \"lon\" in the header");
        assert_eq!(said("id,lon,lat\n\"a,1,2\n"), "points: row 2: a quotation mark is never closed");
    }
}
