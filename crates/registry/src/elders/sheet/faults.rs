//! The list of bad rows, to download, to mend and to send again: the rows as they stood, worksheet by worksheet under their
//! own headings, and one column more that says what is wrong. It is written in constant memory and holds no formula,
//! whatever stands in the cells. What was noted of rows that went in stands in a worksheet of its own.

use std::{
    collections::BTreeMap,
    io::{Seek, Write},
    path::Path,
};

use kernel::{Result, Text, text};
use rust_xlsxwriter::{Color, Format, Workbook, Worksheet};

use super::{At, Fault, Row};

/// Lines of one worksheet; Excel ends at 1,048,576.
const LINES: u32 = 1_000_000;
/// Longest name of a worksheet, in characters; Excel ends at 31.
const NAME: usize = 26;
/// The heading of the column that says what is wrong; an import passes over it.
pub(super) const WRONG: &str = "哪里不对";

/// A worksheet that is being written.
#[derive(Clone, Copy)]
struct Page {
    at: usize,
    line: u32,
}

/// A worksheet of the sheet whose bad rows are listed.
#[derive(Clone, Debug, Default)]
struct Source {
    name: String,
    headings: Vec<String>,
}

/// A list of bad rows that is being written.
pub struct FaultSheet<'a> {
    book: Workbook,
    say: &'a (dyn Fn(&Text) -> String + Sync),
    lines_per_sheet: u32,
    sources: BTreeMap<usize, Source>,
    pages: BTreeMap<usize, Page>,
    notes: Option<Page>,
    written: u64,
    noted: u64,
}

impl<'a> FaultSheet<'a> {
    /// An empty list. `say` puts a sentence into the reader's language; `scratch` is the folder for what is not yet
    /// packed.
    ///
    /// # Errors
    /// An internal fault when `scratch` cannot be written.
    pub fn new(say: &'a (dyn Fn(&Text) -> String + Sync), scratch: &Path) -> Result<Self> {
        let mut book = Workbook::new();
        book.set_tempdir(scratch)?;
        let (sources, pages) = (BTreeMap::new(), BTreeMap::new());
        Ok(Self { book, say, lines_per_sheet: LINES, sources, pages, notes: None, written: 0, noted: 0 })
    }

    /// Tells the name and the headings of a worksheet before its rows.
    pub fn begin(&mut self, part: usize, name: Option<&str>, headings: &[String]) {
        let name = name.unwrap_or("有误的行").chars().take(NAME).collect();
        self.sources.insert(part, Source { name, headings: headings.to_vec() });
    }

    /// Appends a bad row and all that is wrong with it.
    ///
    /// # Errors
    /// An internal fault when the scratch folder cannot be written.
    pub fn add(&mut self, at: At, row: &Row, faults: &[Fault]) -> Result<()> {
        let wrong: Vec<String> = faults.iter().map(|fault| self.told(fault)).collect();
        let wrong = format!("{}：{}", (self.say)(&text!("第 {row} 行", row = at.row())), wrong.join("；"));
        let source = self.sources.get(&at.part()).cloned().unwrap_or_default();
        let page = match self.pages.get(&at.part()) {
            Some(page) if page.line < self.lines_per_sheet => *page,
            _ => self.page(&source)?,
        };
        let (own, quoted) = (source.headings.len(), Format::new().set_quote_prefix());
        let sheet = self.book.worksheet_from_index(page.at)?;
        for column in 0..row.width().max(own) {
            let text = row.cell(column).text;
            if !text.is_empty() {
                let column = column + usize::from(column >= own);
                sheet.write_string_with_format(page.line, column as u16, text, &quoted)?;
            }
        }
        sheet.write_string_with_format(page.line, own as u16, wrong, &quoted)?;
        self.pages.insert(at.part(), Page { line: page.line + 1, ..page });
        self.written += 1;
        Ok(())
    }

    /// Appends what was noted of a row that went in; `label` says which row.
    ///
    /// # Errors
    /// As [`Self::add`].
    pub fn note(&mut self, label: &str, note: &Fault) -> Result<()> {
        let page = match self.notes {
            Some(page) if page.line < self.lines_per_sheet => page,
            _ => {
                let heads = [text!("表中行"), text!("哪一列"), text!("填的是"), text!("没有收的原因"), text!("怎样改")];
                let name = (self.say)(&text!("提示（已导入）"));
                let heads = heads.map(|head| (self.say)(&head));
                self.leaf(&name, &heads, &[12.0, 16.0, 26.0, 40.0, 56.0])?
            }
        };
        let (reason, cure) = ((self.say)(&note.reason), (self.say)(&note.cure));
        let quoted = Format::new().set_quote_prefix();
        let sheet = self.book.worksheet_from_index(page.at)?;
        for (at, text) in [label, note.place(), &note.value, &reason, &cure].into_iter().enumerate() {
            sheet.write_string_with_format(page.line, at as u16, text, &quoted)?;
        }
        self.notes = Some(Page { line: page.line + 1, ..page });
        self.noted += 1;
        Ok(())
    }

    /// How many bad rows and notes it holds.
    #[must_use]
    pub const fn written(&self) -> u64 {
        self.written + self.noted
    }

    /// Packs the list as .xlsx.
    ///
    /// # Errors
    /// An internal fault when `to` cannot be written.
    pub fn save(mut self, to: impl Write + Seek + Send) -> Result<()> {
        Ok(self.book.save_to_writer(to)?)
    }

    /// `证件号码：校验位应为 0，核对身份证末位`.
    fn told(&self, fault: &Fault) -> String {
        format!("{}：{}，{}", fault.place(), (self.say)(&fault.reason), (self.say)(&fault.cure))
    }

    fn page(&mut self, source: &Source) -> Result<Page> {
        let heads: Vec<String> = source.headings.iter().cloned().chain([WRONG.to_owned()]).collect();
        let mut widths = vec![16.0; heads.len()];
        widths.extend([60.0]);
        widths.remove(0);
        self.leaf(&source.name, &heads, &widths)
    }

    /// A worksheet with its heads.
    fn leaf(&mut self, name: &str, heads: &[String], widths: &[f64]) -> Result<Page> {
        let at = self.book.worksheets().len();
        let taken: Vec<String> = self.book.worksheets().iter().map(Worksheet::name).collect();
        let names = (1..).map(|n| if n == 1 { name.to_owned() } else { format!("{name} {n}") });
        let free = names.into_iter().find(|name| !taken.contains(name)).unwrap_or_default();
        let head = Format::new().set_bold().set_background_color(Color::RGB(0x00E6_F1F2));
        let sheet = self.book.add_worksheet_with_constant_memory()?;
        // A name that Excel does not allow leaves the sheet's own.
        let _named = sheet.set_name(free).is_ok();
        sheet.set_freeze_panes(1, 0)?;
        for (at, (title, width)) in heads.iter().zip(widths).enumerate() {
            sheet.set_column_width(at as u16, *width)?;
            sheet.write_string_with_format(0, at as u16, title, &head)?;
        }
        Ok(Page { at, line: 1 })
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use calamine::{Reader, Xlsx};

    use super::*;
    use crate::elders::sheet::{Column, Form};

    fn chinese(text: &Text) -> String {
        text.to_string()
    }

    fn row(number: u32, cells: &[&str]) -> Row {
        let mut row = Row::default();
        row.start(number);
        cells.iter().for_each(|cell| row.push(cell, Form::Text, 100));
        row
    }

    fn read(bytes: Vec<u8>) -> Vec<(String, Vec<Vec<String>>)> {
        let mut book: Xlsx<_> = calamine::open_workbook_from_rs(Cursor::new(bytes)).unwrap();
        let lines = |range: calamine::Range<calamine::Data>| {
            range.rows().map(|row| row.iter().map(ToString::to_string).collect()).collect()
        };
        book.worksheets().into_iter().map(|(name, range)| (name, lines(range))).collect()
    }

    fn packed(sheet: FaultSheet<'_>) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        sheet.save(&mut bytes).unwrap();
        bytes.into_inner()
    }

    fn heads() -> Vec<String> {
        ["姓名", "证件号码"].map(str::to_owned).to_vec()
    }

    fn wrong() -> Fault {
        Fault::new(
            Column::CertNumber,
            "411002194305120011",
            text!("校验位应为 {expected}", expected = 0),
            text!("核对身份证末位"),
        )
    }

    #[test]
    fn a_bad_row_stands_as_it_was_under_its_headings_and_one_column_says_what_is_wrong() {
        let folder = tempfile::tempdir().unwrap();
        let mut sheet = FaultSheet::new(&chinese, folder.path()).unwrap();
        for (part, name) in ["金地社区", "北街社区"].into_iter().enumerate() {
            sheet.begin(part, Some(name), &heads());
            let line = row(118, &["张三", "411002194305120011", "多"]);
            sheet.add(At::new(part, 118), &line, &[wrong()]).unwrap();
        }
        sheet.note("119", &wrong()).unwrap();
        let pages = read(packed(sheet));
        let names: Vec<_> = pages.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["金地社区", "北街社区", "提示（已导入）"]);
        assert_eq!(
            pages[1].1,
            [
                ["姓名", "证件号码", "哪里不对", ""],
                ["张三", "411002194305120011", "第 118 行：证件号码：校验位应为 0，核对身份证末位", "多"],
            ]
        );
        assert_eq!(pages[2].1[1][0], "119");
    }

    #[test]
    fn a_formula_in_a_value_stays_text() {
        let folder = tempfile::tempdir().unwrap();
        let mut sheet = FaultSheet::new(&chinese, folder.path()).unwrap();
        sheet.begin(0, None, &heads());
        sheet.add(At::new(0, 2), &row(2, &["=HYPERLINK(\"http://x\")"]), &[wrong()]).unwrap();
        let mut book: Xlsx<_> = calamine::open_workbook_from_rs(Cursor::new(packed(sheet))).unwrap();
        let name = book.sheet_names()[0].clone();
        assert!(book.worksheet_formula(&name).unwrap().is_empty());
        assert_eq!(book.worksheet_range(&name).unwrap().get((1, 0)).unwrap().to_string(), "=HYPERLINK(\"http://x\")");
    }

    #[test]
    fn what_one_worksheet_cannot_hold_goes_on_in_the_next() {
        let folder = tempfile::tempdir().unwrap();
        let mut sheet = FaultSheet::new(&chinese, folder.path()).unwrap();
        sheet.lines_per_sheet = 3;
        sheet.begin(0, None, &heads());
        (2..7).for_each(|n| sheet.add(At::new(0, n), &row(n, &["张三", "1"]), &[wrong()]).unwrap());
        let pages = read(packed(sheet));
        assert_eq!(pages.iter().map(|(_, lines)| lines.len()).collect::<Vec<_>>(), [3, 3, 2]);
    }
}
