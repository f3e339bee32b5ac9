//! The sheet of bad rows, to download: row number, column, masked value, reason, cure. It is written in constant memory
//! and holds no formula, whatever stands in the values.

use std::{
    io::{Seek, Write},
    path::Path,
};

use kernel::{Result, Text, text};
use rust_xlsxwriter::{Color, Format, Workbook, Worksheet};

use super::Fault;

/// Lines of one worksheet; Excel ends at 1,048,576.
const LINES: u32 = 1_000_000;
/// Width of each column, in characters.
const WIDTHS: [f64; 5] = [9.0, 16.0, 26.0, 40.0, 56.0];

/// A sheet of bad rows that is being written.
pub struct FaultSheet<'a> {
    book: Workbook,
    say: &'a (dyn Fn(&Text) -> String + Sync),
    lines_per_sheet: u32,
    line: u32,
    written: u64,
}

impl<'a> FaultSheet<'a> {
    /// An empty sheet. `say` puts a sentence into the reader's language; `scratch` is the folder for what is not yet
    /// packed.
    ///
    /// # Errors
    /// An internal fault when `scratch` cannot be written.
    pub fn new(say: &'a (dyn Fn(&Text) -> String + Sync), scratch: &Path) -> Result<Self> {
        let mut book = Workbook::new();
        book.set_tempdir(scratch)?;
        let mut sheet = Self { book, say, lines_per_sheet: LINES, line: 0, written: 0 };
        sheet.begin()?;
        Ok(sheet)
    }

    /// Appends one fault of a row.
    ///
    /// # Errors
    /// An internal fault when the scratch folder cannot be written.
    pub fn add(&mut self, row: u32, fault: &Fault) -> Result<()> {
        if self.line >= self.lines_per_sheet {
            self.begin()?;
        }
        let (reason, cure) = ((self.say)(&fault.reason), (self.say)(&fault.cure));
        let (line, quoted) = (self.line, Format::new().set_quote_prefix());
        let sheet = self.sheet()?;
        sheet.write_number(line, 0, row)?;
        sheet.write_string(line, 1, fault.place())?;
        sheet.write_string_with_format(line, 2, &fault.value, &quoted)?;
        sheet.write_string(line, 3, reason)?;
        sheet.write_string(line, 4, cure)?;
        self.line += 1;
        self.written += 1;
        Ok(())
    }

    /// How many faults it holds.
    #[must_use]
    pub const fn written(&self) -> u64 {
        self.written
    }

    /// Packs the sheet as .xlsx.
    ///
    /// # Errors
    /// An internal fault when `to` cannot be written.
    pub fn save(mut self, to: impl Write + Seek + Send) -> Result<()> {
        Ok(self.book.save_to_writer(to)?)
    }

    fn begin(&mut self) -> Result<()> {
        let titles = [text!("表中行"), text!("哪一列"), text!("填的是"), text!("为什么不行"), text!("怎样改")]
            .map(|t| (self.say)(&t));
        let head = Format::new().set_bold().set_background_color(Color::RGB(0x00E6_F1F2));
        let sheet = self.book.add_worksheet_with_constant_memory()?;
        sheet.set_freeze_panes(1, 0)?;
        for (at, (title, width)) in titles.iter().zip(WIDTHS).enumerate() {
            sheet.set_column_width(at as u16, width)?;
            sheet.write_string_with_format(0, at as u16, title, &head)?;
        }
        self.line = 1;
        Ok(())
    }

    fn sheet(&mut self) -> Result<&mut Worksheet> {
        let last = self.book.worksheets().len() - 1;
        Ok(self.book.worksheet_from_index(last)?)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use calamine::{Reader, Xlsx};

    use super::*;
    use crate::elders::sheet::Column;

    fn chinese(text: &Text) -> String {
        text.to_string()
    }

    fn read(bytes: Vec<u8>) -> Vec<Vec<Vec<String>>> {
        let mut book: Xlsx<_> = calamine::open_workbook_from_rs(Cursor::new(bytes)).unwrap();
        let lines = |range: calamine::Range<calamine::Data>| {
            range.rows().map(|row| row.iter().map(ToString::to_string).collect()).collect()
        };
        book.worksheets().into_iter().map(|(_, range)| lines(range)).collect()
    }

    fn written(faults: &[(u32, Fault)], lines_per_sheet: u32) -> Vec<Vec<Vec<String>>> {
        let folder = tempfile::tempdir().unwrap();
        let mut sheet = FaultSheet::new(&chinese, folder.path()).unwrap();
        sheet.lines_per_sheet = lines_per_sheet;
        faults.iter().for_each(|(row, fault)| sheet.add(*row, fault).unwrap());
        assert_eq!(sheet.written(), faults.len() as u64);
        let mut bytes = Cursor::new(Vec::new());
        sheet.save(&mut bytes).unwrap();
        read(bytes.into_inner())
    }

    #[test]
    fn a_bad_row_is_listed_with_its_number_column_masked_value_reason_and_cure() {
        let fault =
            Fault::new(Column::CertNumber, "411002194305120011", text!("校验位应为 0"), text!("核对身份证末位"));
        let whole = Fault::of_row(text!("这一行比表头多出内容"), text!("缩短内容"));
        assert_eq!(
            written(&[(118, fault), (119, whole)], LINES)[0],
            [
                ["表中行", "哪一列", "填的是", "为什么不行", "怎样改"],
                ["118", "证件号码", "4110**********0011", "校验位应为 0", "核对身份证末位"],
                ["119", "整行", "", "这一行比表头多出内容", "缩短内容"],
            ]
        );
    }

    #[test]
    fn a_formula_in_a_value_stays_text() {
        let fault = Fault::new(Column::Tags, "=HYPERLINK(\"http://x\")", text!("没有填写"), text!("请补上"));
        let folder = tempfile::tempdir().unwrap();
        let mut sheet = FaultSheet::new(&chinese, folder.path()).unwrap();
        sheet.add(2, &fault).unwrap();
        let mut bytes = Cursor::new(Vec::new());
        sheet.save(&mut bytes).unwrap();
        let mut book: Xlsx<_> = calamine::open_workbook_from_rs(bytes).unwrap();
        let name = book.sheet_names()[0].clone();
        assert!(book.worksheet_formula(&name).unwrap().is_empty());
        assert_eq!(book.worksheet_range(&name).unwrap().get((1, 2)).unwrap().to_string(), "=HYPERLINK(\"http://x\")");
    }

    #[test]
    fn what_one_worksheet_cannot_hold_goes_on_in_the_next() {
        let faults: Vec<_> =
            (2..7).map(|row| (row, Fault::new(Column::Sex, "x", text!("没有填写"), text!("请补上")))).collect();
        let sheets = written(&faults, 3);
        assert_eq!(sheets.iter().map(Vec::len).collect::<Vec<_>>(), [3, 3, 2]);
        assert_eq!(sheets[2][1][0], "6");
    }
}
