//! Rows of an .xlsx workbook. It runs in a child process with limits, since such a file can ask for any amount of memory
//! and time; only the streaming cell reader is used, because a range would allocate the sheet's whole rectangle.

use std::{
    borrow::Cow,
    io::{self, Read, Seek, SeekFrom},
    ops::ControlFlow,
};

use calamine::{DataRef, Reader as _, SheetType, SheetVisible, Xlsx, XlsxCellReader, XlsxError};
use zip::ZipArchive;

use super::{
    Limits, Refusal,
    columns::{HEADER_WITHIN, Header},
    delimited::Stop,
    record::{Form, Row},
};

/// How many sheets are searched for a header.
const SHEETS: usize = 100;
/// Below this a spreadsheet may unpack to any multiple of itself, in bytes.
const SMALL: u64 = 64 << 20;
/// From here on a spreadsheet's number has lost digits.
const EXACT: f64 = 1e15;

/// Where the rows of a workbook go.
pub(super) trait Sink {
    /// The sheet that is read, and the number of its last row as it says itself.
    fn sheet(&mut self, name: &str, last_row: u32) -> io::Result<()>;

    /// One row that holds anything.
    fn row(&mut self, row: &Row) -> io::Result<()>;
}

/// Reads the first sheet that has the header of an elders' sheet, from its first row on.
pub(super) fn stream<R: Read + Seek>(mut file: R, limits: &Limits, sink: &mut impl Sink) -> Result<(), Stop> {
    weigh(&mut file, limits)?;
    let mut book = Xlsx::new(file).map_err(broken)?;
    let name = choose(&mut book, limits)?;
    let mut cells = book.worksheet_cells_reader(&name).map_err(broken)?;
    let last_row = cells.dimensions().end.0.saturating_add(1);
    sink.sheet(&name, last_row).map_err(Stop::Io)?;
    let mut filled = 0;
    rows(&mut cells, limits, &mut |row| {
        filled += 1;
        if filled > limits.rows {
            return Err(Refusal::TooManyRows { max: limits.rows }.into());
        }
        sink.row(row).map(ControlFlow::Continue).map_err(Stop::Io)
    })
}

/// Refuses what is no workbook and what says of itself that it unpacks to too much.
fn weigh<R: Read + Seek>(file: &mut R, limits: &Limits) -> Result<(), Stop> {
    let packed = file.seek(SeekFrom::End(0)).map_err(Stop::Io)?;
    let mut archive = ZipArchive::new(&mut *file).map_err(|_| Refusal::Damaged)?;
    let mut unpacked = 0_u64;
    let (mut is_office, mut is_workbook) = (false, false);
    for at in 0..archive.len() {
        let part = archive.by_index_raw(at).map_err(|_| Refusal::Damaged)?;
        unpacked = unpacked.saturating_add(part.size());
        let name = part.name().map_err(|_| Refusal::Damaged)?.to_ascii_lowercase();
        is_office |= name == "[content_types].xml";
        is_workbook |= name.ends_with("workbook.xml");
    }
    if !(is_office && is_workbook) {
        return Err(Refusal::NotASheet.into());
    }
    let bomb = unpacked > limits.unpacked_bytes || unpacked > SMALL.max(packed.saturating_mul(limits.unpacked_ratio));
    if bomb {
        return Err(Refusal::Bomb.into());
    }
    file.seek(SeekFrom::Start(0)).map(drop).map_err(Stop::Io)
}

/// The first sheet with a whole header, else the first with some known columns, else the first with anything.
fn choose<R: Read + Seek>(book: &mut Xlsx<R>, limits: &Limits) -> Result<String, Stop> {
    let mut sheets: Vec<_> = book.sheets_metadata().iter().filter(|s| s.typ == SheetType::WorkSheet).cloned().collect();
    sheets.sort_by_key(|sheet| sheet.visible != SheetVisible::Visible);
    let mut best = None;
    for sheet in sheets.into_iter().take(SHEETS) {
        let mut head = Vec::new();
        let mut cells = match book.worksheet_cells_reader(&sheet.name) {
            Ok(cells) => cells,
            Err(XlsxError::NotAWorksheet(_)) => continue,
            Err(e) => return Err(broken(e)),
        };
        rows(&mut cells, limits, &mut |row| {
            head.push(row.clone());
            Ok(if head.len() < HEADER_WITHIN { ControlFlow::Continue(()) } else { ControlFlow::Break(()) })
        })?;
        let rank = match Header::find(&head) {
            Ok(_) => return Ok(sheet.name),
            Err(Refusal::NoHeader { .. }) => 1,
            Err(Refusal::Empty) => continue,
            Err(_) => 2,
        };
        if best.as_ref().is_none_or(|(known, _)| *known < rank) {
            best = Some((rank, sheet.name));
        }
    }
    best.map(|(_, name)| name).ok_or_else(|| Refusal::Empty.into())
}

type EachRow<'a> = &'a mut dyn FnMut(&Row) -> Result<ControlFlow<()>, Stop>;

/// Gathers the cells of a sheet into rows, in which they must stand in order.
fn rows<R: Read + Seek>(cells: &mut XlsxCellReader<'_, R>, limits: &Limits, each: EachRow<'_>) -> Result<(), Stop> {
    let mut row = Row::default();
    while let Some(cell) = cells.next_cell().map_err(broken)? {
        let (text, form) = text_of(cell.get_value());
        if text.trim().is_empty() {
            continue;
        }
        let (number, column) = (cell.get_position().0.saturating_add(1), cell.get_position().1);
        if column >= limits.columns {
            return Err(Refusal::TooManyColumns { row: number, max: limits.columns }.into());
        }
        if number != row.number() {
            if row.width() > 0 && each(&row)?.is_break() {
                return Ok(());
            }
            if number < row.number() {
                return Err(Refusal::Damaged.into());
            }
            row.start(number);
        }
        if row.width() > column as usize {
            return Err(Refusal::Damaged.into());
        }
        while row.width() < column as usize {
            row.push("", Form::Text, 1);
        }
        row.push(&text, form, limits.cell_chars as usize);
    }
    if row.width() > 0 {
        let _ = each(&row)?;
    }
    Ok(())
}

fn text_of<'a>(value: &'a DataRef<'_>) -> (Cow<'a, str>, Form) {
    match value {
        DataRef::Empty => (Cow::Borrowed(""), Form::Text),
        DataRef::String(text) => (Cow::Borrowed(text), Form::Text),
        DataRef::SharedString(text) => (Cow::Borrowed(text), Form::Text),
        DataRef::Int(number) => (Cow::Owned(of_number(*number as f64)), Form::Number),
        DataRef::Float(number) => (Cow::Owned(of_number(*number)), Form::Number),
        DataRef::Bool(yes) => (Cow::Borrowed(if *yes { "TRUE" } else { "FALSE" }), Form::Text),
        DataRef::DateTime(date) if date.is_datetime() => {
            let (year, month, day, ..) = date.to_ymd_hms_milli();
            (Cow::Owned(format!("{year:04}-{month:02}-{day:02}")), Form::Date)
        }
        DataRef::DateTime(duration) => (Cow::Owned(of_number(duration.as_f64())), Form::Number),
        DataRef::DateTimeIso(text) => (Cow::Borrowed(text.split('T').next().unwrap_or_default()), Form::Date),
        DataRef::DurationIso(text) => (Cow::Borrowed(text), Form::Text),
        DataRef::Error(error) => (Cow::Owned(error.to_string()), Form::Failed),
    }
}

/// A number as people see it in the cell; scientific where digits are lost.
fn of_number(number: f64) -> String {
    if number.abs() < EXACT {
        return format!("{number}");
    }
    format!("{number:E}").replacen('E', "E+", 1)
}

fn broken(error: XlsxError) -> Stop {
    match error {
        XlsxError::Password => Refusal::OldFormat.into(),
        XlsxError::Io(e) if e.kind() != io::ErrorKind::UnexpectedEof && e.raw_os_error().is_some() => Stop::Io(e),
        _ => Refusal::Damaged.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_their_digits_or_show_that_they_lost_them() {
        for (number, text) in [
            (411_002_001_001.0, "411002001001"),
            (113.8261, "113.8261"),
            (411_002_400_101_123.0, "411002400101123"),
            (411_002_194_305_120_010.0, "4.1100219430512E+17"),
        ] {
            assert_eq!(of_number(number), text);
        }
    }
}
