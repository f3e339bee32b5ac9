//! Rows of a workbook, worksheet by worksheet. It runs in a child process with limits, since such a file can ask for any
//! amount of memory and time; of an .xlsx only the streaming cell reader is used, because a range would allocate the sheet's
//! whole rectangle.

use std::{
    borrow::Cow,
    io::{self, Read, Seek, SeekFrom},
};

use calamine::{DataRef, Reader as _, SheetType, SheetVisible, Xlsx, XlsxError, XlsxFormulaMetadata};
use zip::ZipArchive;

use super::{
    Limits, Refusal,
    delimited::Stop,
    layout::{Layout, layouts},
    legacy,
    record::{Form, Row},
    rows::Rows,
};

/// Below this a spreadsheet may unpack to any multiple of itself, in bytes.
const SMALL: u64 = 64 << 20;
/// From here on a spreadsheet's number has lost digits.
const EXACT: f64 = 1e15;

/// What is known of a worksheet before its rows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Opening {
    /// Its name.
    pub(super) name: String,
    /// Its place among the worksheets, from 0, and how many there are.
    pub(super) at: (u32, u32),
    /// The number of its last row, as it says itself.
    pub(super) last_row: u32,
    /// Whether people see it.
    pub(super) is_hidden: bool,
    /// Hidden columns, from 0.
    pub(super) hidden_columns: Vec<u32>,
}

/// Where the rows of a workbook go.
pub(super) trait Sink {
    /// A worksheet begins.
    fn sheet(&mut self, opening: &Opening) -> io::Result<()>;

    /// One row that holds anything.
    fn row(&mut self, row: &Row) -> io::Result<()>;

    /// The worksheet goes further to the right than allowed, in this row; the rest of it is left out.
    fn wide(&mut self, row: u32) -> io::Result<()>;
}

/// Reads all worksheets, each from its first row on.
pub(super) fn stream<R: Read + Seek>(mut file: R, limits: &Limits, sink: &mut impl Sink) -> Result<(), Stop> {
    let mut magic = [0; 2];
    let read = file.read(&mut magic).map_err(Stop::Io)?;
    file.seek(SeekFrom::Start(0)).map_err(Stop::Io)?;
    if read == 2 && magic == [0xd0, 0xcf] { legacy::stream(file, limits, sink) } else { zipped(file, limits, sink) }
}

fn zipped<R: Read + Seek>(mut file: R, limits: &Limits, sink: &mut impl Sink) -> Result<(), Stop> {
    let layouts = weigh(&mut file, limits)?;
    let mut book = Xlsx::new(file).map_err(broken)?;
    let sheets: Vec<_> = book.sheets_metadata().to_vec();
    let count = sheets.len() as u32;
    let mut filled = 0;
    for (at, sheet) in sheets.into_iter().enumerate().filter(|(_, sheet)| sheet.typ == SheetType::WorkSheet) {
        let mut cells = match book.worksheet_cells_reader(&sheet.name) {
            Ok(cells) => cells,
            Err(XlsxError::NotAWorksheet(_)) => continue,
            Err(e) => return Err(broken(e)),
        };
        let layout = layouts.get(at).cloned().flatten().unwrap_or_default();
        let opening = Opening {
            last_row: cells.dimensions().end.0.saturating_add(1),
            is_hidden: sheet.visible != SheetVisible::Visible,
            hidden_columns: layout.hidden_columns.clone(),
            at: (at as u32, count),
            name: sheet.name,
        };
        sink.sheet(&opening).map_err(Stop::Io)?;
        let Layout { merges, hidden_rows, .. } = layout;
        let mut rows = Rows::new(limits, merges, hidden_rows, &mut filled);
        while let Some(cell) = cells.next_cell_with_formula_metadata().map_err(broken)? {
            let (text, form) = match text_of(&cell.value) {
                (text, _) if text.is_empty() && is_pending(&cell.value, cell.formula.as_ref()) => (text, Form::Pending),
                told => told,
            };
            if !rows.cell(cell.pos, &text, form, sink)? {
                break;
            }
        }
        rows.end(sink)?;
    }
    Ok(())
}

/// Refuses what is no workbook and what says of itself that it unpacks to too much; the layouts of its sheets.
fn weigh<R: Read + Seek>(file: &mut R, limits: &Limits) -> Result<Vec<Option<Layout>>, Stop> {
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
    let layouts = layouts(&mut archive, limits.columns)?;
    drop(archive);
    file.seek(SeekFrom::Start(0)).map_err(Stop::Io)?;
    Ok(layouts)
}

/// Whether a formula has no result: none is kept, or an empty one of a formula that looks at no other cell and so cannot
/// have come to nothing.
fn is_pending(value: &DataRef<'_>, formula: Option<&XlsxFormulaMetadata>) -> bool {
    match (value, formula) {
        (DataRef::Empty, Some(_)) => true,
        (_, Some(XlsxFormulaMetadata::Normal { formula })) => {
            let looks = formula.split('"').step_by(2).any(|part| part.contains(['(', '!']) || refers(part));
            !looks && !formula.contains("\"\"")
        }
        _ => false,
    }
}

/// Whether a part of a formula names a cell.
fn refers(part: &str) -> bool {
    part.as_bytes()
        .windows(2)
        .any(|pair| pair[0].is_ascii_alphabetic() && (pair[1].is_ascii_digit() || pair[1] == b'$'))
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
pub(super) fn of_number(number: f64) -> String {
    if number.abs() < EXACT {
        return format!("{number}");
    }
    format!("{number:E}").replacen('E', "E+", 1)
}

fn broken(error: XlsxError) -> Stop {
    match error {
        XlsxError::Password => Refusal::Locked.into(),
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

    #[test]
    fn a_formula_that_came_to_nothing_is_no_formula_without_a_result() {
        let empty = DataRef::String(String::new());
        let normal = |formula: &str| XlsxFormulaMetadata::Normal { formula: formula.into() };
        assert!(is_pending(&DataRef::Empty, Some(&normal("A1"))) && !is_pending(&DataRef::Empty, None));
        assert!(is_pending(&empty, Some(&normal("\"1380000\"&\"3001\""))));
        for formula in ["IF(A1=\"\",\"\",A1)", "A1&B1", "$A$1&\"\"", "TRIM(B2)", "\"\""] {
            assert!(!is_pending(&empty, Some(&normal(formula))), "{formula}");
        }
    }
}
