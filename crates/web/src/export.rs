//! Lists as Excel sheets, written row by row in constant memory. Text stays text: a cell that begins with = + - @ is
//! no formula, here or after it was saved again.

use chrono::{Datelike, NaiveDate, Timelike};
use kernel::{Fen, Instant, Result, local};
use rust_xlsxwriter::{ExcelDateTime, Format, Workbook, Worksheet};

/// Excel holds 1,048,576 rows; a new sheet begins before.
const ROWS_PER_SHEET: u32 = 1_000_000;

/// What stands in a cell.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// Nothing.
    Empty,
    /// Text, never a formula.
    Text(String),
    /// A number.
    Number(f64),
    /// Yuan with two decimals.
    Money(Fen),
    /// 2026-11-21.
    Date(NaiveDate),
    /// 2026-11-21 20:41 in Shanghai.
    Time(Instant),
}

/// Rows in the cells of a sheet, and where the list goes on.
pub type Rows<P> = (Vec<Vec<Cell>>, Option<P>);

/// A list that becomes a sheet.
pub trait Pages: Sync {
    /// Where a page begins.
    type Position: Send;

    /// The rows after a position; notes whose data leave before it answers.
    ///
    /// # Errors
    /// Internal failures.
    fn after(&self, position: Option<Self::Position>) -> impl Future<Output = Result<Rows<Self::Position>>> + Send;
}

/// A workbook in the making.
pub struct Sheet {
    workbook: Workbook,
    title: String,
    heads: Vec<String>,
    formats: Formats,
    sheets: usize,
    /// Sheets of the table at hand.
    parts: usize,
    row: u32,
}

struct Formats {
    head: Format,
    text: Format,
    money: Format,
    date: Format,
    time: Format,
}

impl Sheet {
    /// Begins a workbook with a title (at most 31 characters are shown) and column heads.
    ///
    /// # Errors
    /// A title that Excel does not take, or a full disk.
    pub fn new(title: &str, heads: Vec<String>) -> Result<Self> {
        let formats = Formats {
            head: Format::new().set_bold(),
            text: Format::new().set_quote_prefix(),
            money: Format::new().set_num_format("#,##0.00"),
            date: Format::new().set_num_format("yyyy-mm-dd"),
            time: Format::new().set_num_format("yyyy-mm-dd hh:mm"),
        };
        let mut sheet =
            Self { workbook: Workbook::new(), title: tab(title), heads, formats, sheets: 0, parts: 0, row: 0 };
        sheet.turn()?;
        Ok(sheet)
    }

    /// Begins another table, on a sheet of its own.
    ///
    /// # Errors
    /// A title that Excel does not take, or that another table has; a full disk.
    pub fn another(&mut self, title: &str, heads: Vec<String>) -> Result<()> {
        (self.title, self.heads, self.parts) = (tab(title), heads, 0);
        self.turn()
    }

    /// Adds the rows of a list page by page, until there are no more or `most` are written.
    ///
    /// # Errors
    /// What the pages return; a full disk.
    pub async fn fill<P: Pages>(&mut self, most: usize, pages: &P) -> Result<()> {
        let (mut after, mut written) = (None, 0);
        while written < most {
            let (rows, next) = pages.after(after).await?;
            rows.iter().try_for_each(|row| self.row(row))?;
            written += rows.len();
            after = match next {
                Some(next) => Some(next),
                None => break,
            };
        }
        Ok(())
    }

    /// Adds a row.
    ///
    /// # Errors
    /// A full disk.
    pub fn row(&mut self, cells: &[Cell]) -> Result<()> {
        if self.row > ROWS_PER_SHEET {
            self.turn()?;
        }
        let (row, formats) = (self.row, &self.formats);
        let sheet = self.workbook.worksheet_from_index(self.sheets - 1)?;
        for (column, cell) in (0..).zip(cells) {
            put(sheet, (row, column), cell, formats)?;
        }
        self.row += 1;
        Ok(())
    }

    /// The finished file.
    ///
    /// # Errors
    /// A full disk.
    pub fn finish(mut self) -> Result<Vec<u8>> {
        Ok(self.workbook.save_to_buffer()?)
    }

    /// Begins the next sheet with its heads.
    fn turn(&mut self) -> Result<()> {
        let name = if self.parts == 0 { self.title.clone() } else { format!("{} {}", self.title, self.parts + 1) };
        let sheet = self.workbook.add_worksheet_with_constant_memory()?;
        sheet.set_name(name)?;
        sheet.set_freeze_panes(1, 0)?;
        for (column, head) in (0..).zip(&self.heads) {
            let width = f64::from(u16::try_from(head.chars().count()).unwrap_or(20)) * 2.2;
            sheet.set_column_width(column, width.clamp(10.0, 40.0))?;
            sheet.write_string_with_format(0, column, head, &self.formats.head)?;
        }
        self.sheets += 1;
        self.parts += 1;
        self.row = 1;
        Ok(())
    }
}

/// What may stand on the tab of a sheet, with room for a number behind it.
fn tab(title: &str) -> String {
    title.chars().filter(|char| !"[]:*?/\\".contains(*char)).take(27).collect()
}

fn put(sheet: &mut Worksheet, at: (u32, u16), cell: &Cell, formats: &Formats) -> Result<()> {
    let (row, column) = at;
    match cell {
        Cell::Empty => {}
        Cell::Text(text) if text.starts_with(['=', '+', '-', '@', '\t', '\r']) => {
            sheet.write_string_with_format(row, column, text, &formats.text)?;
        }
        Cell::Text(text) => {
            sheet.write_string(row, column, text)?;
        }
        Cell::Number(number) => {
            sheet.write_number(row, column, *number)?;
        }
        Cell::Money(fen) => {
            #[expect(clippy::cast_precision_loss, reason = "exact below 90 trillion yuan; Excel knows only doubles")]
            let yuan = fen.0 as f64 / 100.0;
            sheet.write_number_with_format(row, column, yuan, &formats.money)?;
        }
        Cell::Date(day) => {
            sheet.write_datetime_with_format(row, column, &excel_day(*day)?, &formats.date)?;
        }
        Cell::Time(at) => {
            let at = local(*at).naive_local();
            let (minute, hour) = (u8::try_from(at.minute())?, u16::try_from(at.hour())?);
            let moment = excel_day(at.date())?.and_hms(hour, minute, 0)?;
            sheet.write_datetime_with_format(row, column, &moment, &formats.time)?;
        }
    }
    Ok(())
}

fn excel_day(day: NaiveDate) -> Result<ExcelDateTime> {
    Ok(ExcelDateTime::from_ymd(u16::try_from(day.year())?, u8::try_from(day.month())?, u8::try_from(day.day())?)?)
}

impl std::fmt::Debug for Sheet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sheet").field("title", &self.title).field("row", &self.row).finish_non_exhaustive()
    }
}

/// A finished workbook as a download.
#[must_use]
pub fn download(name: &str, bytes: Vec<u8>) -> axum::response::Response {
    use axum::{http::header, response::IntoResponse};
    let encoded: String = name.bytes().map(|byte| format!("%{byte:02X}")).collect();
    let disposition = format!("attachment; filename=\"export.xlsx\"; filename*=UTF-8''{encoded}.xlsx");
    let kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet".to_owned();
    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::CONTENT_DISPOSITION, disposition),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    (headers, bytes).into_response()
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use calamine::{Data, Reader, Xlsx, open_workbook_from_rs};

    use super::*;

    fn read(bytes: Vec<u8>) -> (calamine::Range<Data>, calamine::Range<String>) {
        let mut book: Xlsx<_> = open_workbook_from_rs(Cursor::new(bytes)).unwrap();
        (book.worksheet_range("老人").unwrap(), book.worksheet_formula("老人").unwrap())
    }

    #[test]
    fn a_cell_that_looks_like_a_formula_stays_text() {
        let mut sheet = Sheet::new("老人", vec!["姓名".into()]).unwrap();
        let dangers = ["=HYPERLINK(\"http://x\")", "+1", "-1", "@SUM(A1)", "普通"];
        for danger in dangers {
            sheet.row(&[Cell::Text(danger.into())]).unwrap();
        }
        let (range, formulas) = read(sheet.finish().unwrap());
        let texts: Vec<_> = range.rows().skip(1).map(|row| row[0].clone()).collect();
        assert_eq!(texts, dangers.map(|danger| Data::String(danger.into())));
        assert!(formulas.rows().flatten().all(String::is_empty));
    }

    #[test]
    fn money_is_in_yuan_and_a_day_is_a_day() {
        let mut sheet = Sheet::new("老/人", vec!["元".into(), "日".into()]).unwrap();
        let day = NaiveDate::from_ymd_opt(2026, 11, 21).unwrap();
        sheet.row(&[Cell::Money(Fen(12_345)), Cell::Date(day), Cell::Empty, Cell::Number(3.0)]).unwrap();
        let (range, _) = read(sheet.finish().unwrap());
        assert_eq!(range.get_value((1, 0)), Some(&Data::Float(123.45)));
        assert!(matches!(range.get_value((1, 1)), Some(Data::DateTime(_))));
    }
}
