//! Rows of an .xls workbook (BIFF). Such a file is read whole: it cannot hold more than 65,536 rows a sheet, and the child's
//! limits stop one that says otherwise.

use std::io::{Read, Seek, SeekFrom};

use calamine::{Data, Reader as _, SheetType, SheetVisible, Xls, XlsError};

use super::{
    Limits, Refusal,
    delimited::Stop,
    layout::Merge,
    record::Form,
    rows::Rows,
    workbook::{Opening, Sink, of_number},
};

/// The name of the stream in which an encrypted workbook lies, as such files write it.
const ENCRYPTED: &str = "EncryptedPackage";

/// Reads all worksheets, each from its first row on.
pub(super) fn stream<R: Read + Seek>(mut file: R, limits: &Limits, sink: &mut impl Sink) -> Result<(), Stop> {
    if is_encrypted(&mut file).map_err(Stop::Io)? {
        return Err(Refusal::Locked.into());
    }
    let mut book = Xls::new(file).map_err(broken)?;
    let sheets: Vec<_> = book.sheets_metadata().to_vec();
    let count = sheets.len() as u32;
    let mut filled = 0;
    for (at, sheet) in sheets.into_iter().enumerate().filter(|(_, sheet)| sheet.typ == SheetType::WorkSheet) {
        let range = book.worksheet_range(&sheet.name).map_err(broken)?;
        let merges = book.merge_cells_by_sheet_name(&sheet.name).unwrap_or_default();
        let mut merges: Vec<Merge> = merges
            .into_iter()
            .filter(|merge| merge.end.0 > merge.start.0)
            .map(|merge| Merge { first: merge.start.0 + 1, last: merge.end.0 + 1, column: merge.start.1 })
            .collect();
        merges.sort_unstable();
        let opening = Opening {
            last_row: range.end().map_or(0, |end| end.0.saturating_add(1)),
            is_hidden: sheet.visible != SheetVisible::Visible,
            hidden_columns: Vec::new(),
            at: (at as u32, count),
            name: sheet.name,
        };
        sink.sheet(&opening).map_err(Stop::Io)?;
        let (top, left) = range.start().unwrap_or_default();
        let mut rows = Rows::new(limits, merges, Vec::new(), &mut filled);
        'sheet: for (row, cells) in (top..).zip(range.rows()) {
            for (column, value) in (left..).zip(cells) {
                let (text, form) = text_of(value);
                if !rows.cell((row, column), &text, form, sink)? {
                    break 'sheet;
                }
            }
        }
        rows.end(sink)?;
    }
    Ok(())
}

/// Whether the file holds an encrypted workbook; the name stands in UTF-16 in its directory.
fn is_encrypted<R: Read + Seek>(file: &mut R) -> std::io::Result<bool> {
    let name: Vec<u8> = ENCRYPTED.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let (mut window, mut chunk) = (Vec::new(), vec![0; 1 << 16]);
    let mut found = false;
    while !found {
        let read = file.read(&mut chunk)?;
        if read == 0 {
            break;
        }
        window.extend_from_slice(&chunk[..read]);
        found = window.windows(name.len()).any(|part| part == name);
        window.drain(..window.len().saturating_sub(name.len()));
    }
    file.seek(SeekFrom::Start(0))?;
    Ok(found)
}

fn text_of(value: &Data) -> (String, Form) {
    match value {
        Data::Empty => (String::new(), Form::Text),
        Data::String(text) | Data::DurationIso(text) => (text.clone(), Form::Text),
        Data::Int(number) => (of_number(*number as f64), Form::Number),
        Data::Float(number) => (of_number(*number), Form::Number),
        Data::Bool(yes) => ((if *yes { "TRUE" } else { "FALSE" }).to_owned(), Form::Text),
        Data::DateTime(date) if date.is_datetime() => {
            let (year, month, day, ..) = date.to_ymd_hms_milli();
            (format!("{year:04}-{month:02}-{day:02}"), Form::Date)
        }
        Data::DateTime(duration) => (of_number(duration.as_f64()), Form::Number),
        Data::DateTimeIso(text) => (text.split('T').next().unwrap_or_default().to_owned(), Form::Date),
        Data::Error(error) => (error.to_string(), Form::Failed),
    }
}

fn broken(error: XlsError) -> Stop {
    match error {
        XlsError::Password => Refusal::Locked.into(),
        XlsError::Io(e) if e.raw_os_error().is_some() => Stop::Io(e),
        XlsError::Cfb(error) if error.to_string().to_lowercase().contains("not found") => Refusal::NotASheet.into(),
        _ => Refusal::Damaged.into(),
    }
}
