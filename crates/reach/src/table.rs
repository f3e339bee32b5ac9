//! Tables of places as text: cells separated by comma, semicolon or tab (whichever the header has most of), with or without
//! byte order mark, CR LF or LF, quoted cells with doubled quotation marks, columns found by name in any order, others passed
//! over, rows without anything in them skipped. [`decoded`] makes UTF-8 of UTF-16 and GBK. An id is kept byte for byte as it
//! stands in its cell, quotation marks and all.

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
    separator: u8,
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

/// Names of the columns; the first of each is the documented one.
const ID: [&str; 4] = ["id", "编号", "编码", "序号"];
const KIND: [&str; 4] = ["kind", "type", "类型", "类别"];
const DATUM: [&str; 2] = ["datum", "坐标系"];
const LON: [&str; 4] = ["lon", "lng", "longitude", "经度"];
const LAT: [&str; 3] = ["lat", "latitude", "纬度"];

impl<'a> Sheet<'a> {
    /// Reads the header. `weight` names the column that says how much a row counts for. Coordinates are in `datum`; where
    /// none is stated, in the one that a column `datum` names in its first row, else in WGS84.
    ///
    /// # Errors
    /// [`Fault::Empty`] for a table without a header; [`Fault::NoColumn`] if `id`, `lon`, `lat`, `kind` (of facilities) or the column of weights is missing.
    pub fn open(table: Table, bytes: &'a [u8], weight: Option<&str>, datum: impl Into<Option<Datum>>) -> Result<Self> {
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let mut cells = Vec::new();
        let separator = separator(bytes);
        let (mut at, mut rows) = (0, 0);
        while at < bytes.len() && is_blank(bytes, &cells) {
            rows += 1;
            at = split(bytes, at, separator, &mut cells).ok_or(Fault::OpenQuote { table, row: rows })?;
        }
        if is_blank(bytes, &cells) {
            return Err(Fault::Empty(table));
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
            id: need(&ID)?,
            lon: need(&LON)?,
            lat: need(&LAT)?,
            kind: if table == Table::Facilities { Some(need(&KIND)?) } else { None },
            weight: weight.transpose()?,
            datum: find(&DATUM),
        };
        let datum = match (datum.into(), columns.datum) {
            (Some(stated), _) => stated,
            (None, Some(column)) => first_datum(bytes, (at, separator), column).unwrap_or_default(),
            (None, None) => Datum::default(),
        };
        Ok(Self { table, bytes, body: at, rows_before: rows, columns, datum, separator })
    }

    /// Whether the table itself says in which datum it is.
    #[must_use]
    pub const fn says_datum(&self) -> bool {
        self.columns.datum.is_some()
    }

    /// A cell as it stands in comma-separated text.
    #[must_use]
    pub fn cell(&self, cell: Range<usize>) -> Cow<'a, [u8]> {
        let cell = &self.bytes[cell];
        let is_plain = self.separator == b',' || cell.starts_with(b"\"") || !cell.contains(&b',');
        if is_plain { Cow::Borrowed(cell) } else { Cow::Owned([b"\"", cell, b"\""].concat()) }
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
            at = split(bytes, at, self.separator, &mut cells)
                .ok_or(Fault::OpenQuote { table: self.table, row: number })?;
            if is_blank(bytes, &cells) {
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

/// Bytes of a table as UTF-8: as they are, or read as UTF-16 (with its mark) or GB 18030, which holds GBK.
///
/// # Errors
/// [`Fault::Encoding`] when they are none of these.
pub fn decoded(table: Table, bytes: &[u8]) -> Result<Cow<'_, [u8]>> {
    let utf16 = bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff");
    if !utf16 && std::str::from_utf8(bytes).is_ok() {
        return Ok(Cow::Borrowed(bytes));
    }
    // The mark decides before what is passed here.
    let (text, _, is_broken) = encoding_rs::GB18030.decode(bytes);
    if is_broken { Err(Fault::Encoding(table)) } else { Ok(Cow::Owned(text.into_owned().into_bytes())) }
}

/// What separates the cells of the header.
fn separator(bytes: &[u8]) -> u8 {
    let header = bytes.split(|byte| *byte == b'\n').find(|line| !line.trim_ascii().is_empty()).unwrap_or_default();
    let count = |separator: u8| header.iter().filter(|byte| **byte == separator).count();
    // Of equally many the first: `max_by_key` takes the last.
    [b'\t', b';', b','].into_iter().max_by_key(|separator| count(*separator)).unwrap_or(b',')
}

/// The datum that the first row with anything in it names.
fn first_datum(bytes: &[u8], (mut at, separator): (usize, u8), column: usize) -> Option<Datum> {
    let mut cells = Vec::new();
    while at < bytes.len() {
        at = split(bytes, at, separator, &mut cells)?;
        if !is_blank(bytes, &cells) {
            return String::from_utf8_lossy(&unquoted(&bytes[cells.get(column)?.clone()])).parse().ok();
        }
    }
    None
}

/// Whether there is nothing in a row.
fn is_blank(bytes: &[u8], cells: &[Range<usize>]) -> bool {
    cells.iter().all(|cell| unquoted(&bytes[cell.clone()]).trim_ascii().is_empty())
}

/// Finds the cells of the row that starts at a byte; returns where the next row starts, or `None` for a quotation mark
/// that is never closed.
fn split(bytes: &[u8], start: usize, separator: u8, cells: &mut Vec<Range<usize>>) -> Option<usize> {
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
        let length = rest.iter().position(|byte| *byte == separator || *byte == b'\n').unwrap_or(rest.len());
        at += length;
        let ends_row = rest.get(length) != Some(&separator);
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

    fn ids_in(text: &str, datum: Option<Datum>) -> Result<Vec<(u64, String, f64)>> {
        read(&Sheet::open(Table::Points, text.as_bytes(), None, datum)?, 1)
    }

    fn ids(text: &str, count: usize) -> Result<Vec<(u64, String, f64)>> {
        read(&Sheet::open(Table::Points, text.as_bytes(), None, Datum::Wgs84)?, count)
    }

    fn read(sheet: &Sheet<'_>, count: usize) -> Result<Vec<(u64, String, f64)>> {
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
    fn semicolons_tabs_chinese_headers_and_empty_rows_are_read() {
        let expected = vec![(2, "甲".to_owned(), 113.5), (4, "乙,丙".to_owned(), 113.6)];
        for separator in [";", "\t"] {
            let text =
                "编号,经度,纬度\n甲,113.5,34\n,,\n乙，丙,113.6,34\n \n".replace(',', separator).replace('，', ",");
            assert_eq!(ids(&text, 1), Ok(expected.clone()), "{separator:?}");
        }
        let sheet = Sheet::open(Table::Facilities, "编号;类型;经度;纬度\na,b;站;1;2".as_bytes(), None, None).unwrap();
        sheet
            .rows(sheet.runs(1).remove(0), |row| {
                assert_eq!((&*sheet.cell(row.id), &*sheet.cell(row.kind)), (&b"\"a,b\""[..], "站".as_bytes()));
                Ok(())
            })
            .unwrap();
    }

    #[test]
    fn utf16_and_gbk_become_utf8_and_other_bytes_are_refused() {
        let text = "编号,经度,纬度\n甲,113.5,34\n";
        let utf16: Vec<u8> = std::iter::once(0xfeff).chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect();
        let turned: Vec<u8> = std::iter::once(0xfeff).chain(text.encode_utf16()).flat_map(u16::to_be_bytes).collect();
        let gbk = encoding_rs::GB18030.encode(text).0.into_owned();
        for bytes in [text.as_bytes(), &utf16, &turned, &gbk] {
            assert_eq!(decoded(Table::Points, bytes).unwrap(), text.as_bytes());
        }
        let fault = decoded(Table::Points, b"id,lon,lat\n\xff\xff,1,2\n").unwrap_err();
        assert_eq!(fault.to_string(), "points: neither UTF-8 nor UTF-16 nor GBK");
    }

    #[test]
    fn a_table_says_its_own_datum() {
        let text = "id,lon,lat,坐标系\na,113.5,34,gcj02\nb,113.6,34,GCJ-02\n";
        let lon = ids_in(text, None).unwrap()[0].2;
        assert!((lon - Datum::Gcj02.to_wgs84(Position::new(113.5, 34.0)).lon).abs() < 1e-12);
        assert!(ids_in(text, Some(Datum::Wgs84)).unwrap_err().to_string().contains("two datums mixed"));
        assert!(ids_in("id,lon,lat,datum\na,1,2,gcj02\nb,1,2,wgs84\n", None).is_err());
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
