//! An opened sheet: worksheet by worksheet its header, then its rows one by one. Every worksheet is read or named with the
//! reason why it is not.

use std::{
    collections::VecDeque,
    fs::File,
    io::{Read, Seek, SeekFrom},
    path::Path,
};

use kernel::{Failure, Refused, Result, Text, text};

use super::{
    Limits, Program, Refusal,
    delimited::{Delimited, Stop},
    header::{HEADER_WITHIN, Header, Mapping},
    magic::{self, Format},
    parent::{Next, Reader},
    record::Row,
    workbook::Opening,
};

/// How many bytes decide what a file is.
const HEAD: u64 = 1 << 16;
/// Bits of a row's number in [`At`].
const ROW_BITS: u32 = 21;

/// A row of a file: its worksheet among those that are read, from 0, and its number there, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct At(u32);

impl At {
    /// The row of a part; one number, by which runs keep it.
    #[must_use]
    pub fn new(part: usize, row: u32) -> Self {
        let part = u32::try_from(part).unwrap_or(u32::MAX).min((1 << (31 - ROW_BITS)) - 1);
        Self(part << ROW_BITS | row.min((1 << ROW_BITS) - 1))
    }

    /// The row that a stored number means.
    #[must_use]
    pub const fn of(number: u32) -> Self {
        Self(number)
    }

    /// The number to store: of the first worksheet it is the row's own.
    #[must_use]
    pub const fn number(self) -> u32 {
        self.0
    }

    /// The worksheet, from 0.
    #[must_use]
    pub const fn part(self) -> usize {
        (self.0 >> ROW_BITS) as usize
    }

    /// The row's number there, from 1.
    #[must_use]
    pub const fn row(self) -> u32 {
        self.0 & ((1 << ROW_BITS) - 1)
    }
}

/// How a sheet is to be read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// What the office said that its own headings mean.
    pub mapping: Mapping,
    /// Whether it is known where everybody lives whose row does not say it.
    pub has_place: bool,
}

/// A worksheet, or the one sheet of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Its name; none of a text.
    pub name: Option<String>,
    /// Why it is not read; none when it is.
    pub skipped: Option<Text>,
    /// Hidden rows that were read all the same.
    pub hidden_rows: u32,
    /// Headings of hidden columns that are read all the same.
    pub hidden_columns: Vec<String>,
    /// Headings of columns that nobody knows and nobody reads.
    pub unknown: Vec<String>,
}

/// An opened sheet of elders. Reading blocks: keep it off the threads that serve.
pub struct Sheet {
    rows: Source,
    header: Header,
    held: VecDeque<Row>,
    limits: Limits,
    size: u64,
    text_bytes: u64,
    wanted: Wanted,
    parts: Vec<Part>,
    /// Where among `parts` the one stands that is being read, and its opening.
    at: usize,
    opening: Opening,
    last: u32,
    is_over: bool,
}

/// Where the rows come from.
enum Source {
    /// A text, and whether it was begun.
    Text(Box<Delimited>, bool),
    Workbook(Box<Reader>),
}

impl Source {
    fn open(path: &Path, program: &Program, limits: Limits) -> Result<(Self, u64)> {
        let mut file = File::open(path)?;
        let meta = file.metadata()?;
        if !meta.is_file() {
            return Err(Refusal::NotASheet.into());
        }
        if meta.len() > limits.file_bytes {
            return Err(Refusal::FileTooLarge { max_mb: limits.file_bytes >> 20 }.into());
        }
        let mut head = Vec::new();
        Read::by_ref(&mut file).take(HEAD).read_to_end(&mut head)?;
        let source = match magic::format(&head)? {
            Format::Text(encoding) => Self::Text(Box::new(Delimited::new(head, file, encoding, limits)), false),
            Format::Book => {
                file.seek(SeekFrom::Start(0))?;
                Self::Workbook(Box::new(Reader::start(program, file, limits)?))
            }
        };
        Ok((source, meta.len()))
    }

    fn next_sheet(&mut self) -> Result<Option<Opening>> {
        match self {
            Self::Workbook(reader) => reader.next_sheet(),
            Self::Text(_, true) => Ok(None),
            Self::Text(_, begun) => {
                *begun = true;
                Ok(Some(Opening { at: (0, 1), ..Opening::default() }))
            }
        }
    }

    fn read(&mut self, row: &mut Row) -> Result<Next> {
        match self {
            Self::Workbook(reader) => reader.read(row),
            Self::Text(text, _) => match text.read(row) {
                Ok(true) => Ok(Next::Row),
                Ok(false) => Ok(Next::End),
                Err(Stop::Refused(refusal)) => Err(refusal.into()),
                Err(Stop::Io(e)) => Err(Failure::from(e)),
            },
        }
    }

    /// The first rows of the worksheet.
    fn head(&mut self) -> Result<(Vec<Row>, Next)> {
        let mut head = Vec::new();
        while head.len() < HEADER_WITHIN {
            let mut row = Row::default();
            match self.read(&mut row)? {
                Next::Row => head.push(row),
                end => return Ok((head, end)),
            }
        }
        Ok((head, Next::Row))
    }

    /// Passes over the rest of the worksheet.
    fn pass(&mut self) -> Result<()> {
        let mut row = Row::default();
        while self.read(&mut row)? != Next::End {}
        Ok(())
    }
}

impl Sheet {
    /// Opens a file whatever its name says and finds the first worksheet with a header. `program` reads workbooks in a
    /// child process.
    ///
    /// # Errors
    /// [`Refusal`] when it is not a sheet of elders that can be read within `limits`; an internal fault when the file
    /// cannot be read at all.
    pub fn open(path: &Path, program: &Program, limits: Limits, wanted: Wanted) -> Result<Self> {
        let (rows, size) = Source::open(path, program, limits)?;
        let mut sheet = Self {
            rows,
            header: Header::none(),
            held: VecDeque::new(),
            limits,
            size,
            text_bytes: 0,
            wanted,
            parts: Vec::new(),
            at: 0,
            opening: Opening::default(),
            last: 0,
            is_over: false,
        };
        let mut best = Refusal::Empty;
        if sheet.advance(&mut best)? { Ok(sheet) } else { Err(best.into()) }
    }

    /// The headings of a file in which no header was found or columns are missing: those of the worksheet, and there of
    /// the row, that look most like one.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn headings(path: &Path, program: &Program, limits: Limits) -> Result<Vec<String>> {
        let (mut rows, _) = Source::open(path, program, limits)?;
        let mut best = Vec::new();
        while let Some(opening) = rows.next_sheet()? {
            let (head, end) = rows.head()?;
            if end != Next::End {
                rows.pass()?;
            }
            let headings = Header::guess(&head);
            if !opening.is_hidden && headings.len() > best.len() {
                best = headings;
            }
        }
        Ok(best)
    }

    /// Goes on to the next worksheet that is read; false when there is none. `best` becomes the refusal that helps most.
    fn advance(&mut self, best: &mut Refusal) -> Result<bool> {
        while let Some(opening) = self.rows.next_sheet()? {
            let (head, end) = self.rows.head()?;
            let name = (!opening.name.is_empty()).then(|| opening.name.clone());
            let mut part =
                Part { name, skipped: None, hidden_rows: 0, hidden_columns: Vec::new(), unknown: Vec::new() };
            let found = Header::find(&head, &self.wanted.mapping);
            let found = found.and_then(|header| header.missing(self.wanted.has_place).map_or(Ok(header), Err));
            match found {
                Ok(header) if !opening.is_hidden => {
                    if let Next::Wide(row) = end {
                        return Err(Refusal::TooManyColumns { row, max: self.limits.columns }.into());
                    }
                    let hidden = opening.hidden_columns.iter().map(|at| header.heading(*at as usize));
                    part.hidden_columns = hidden.filter(|heading| !heading.is_empty()).map(str::to_owned).collect();
                    part.unknown = header.unknown().to_vec();
                    self.held = head.into_iter().filter(|row| row.number() > header.row()).collect();
                    (self.header, self.opening, self.last, self.at) = (header, opening, 0, self.parts.len());
                    self.parts.push(part);
                    return Ok(true);
                }
                Ok(_) => part.skipped = Some(text!("是隐藏的工作表；要导入请先取消隐藏")),
                Err(refusal) => {
                    part.skipped = Some(reason(&refusal));
                    if rank(&refusal) > rank(best) {
                        *best = refusal;
                    }
                }
            }
            self.parts.push(part);
            if end != Next::End {
                self.rows.pass()?;
            }
        }
        self.is_over = true;
        Ok(false)
    }

    /// The columns of the worksheet that is being read.
    #[must_use]
    pub const fn header(&self) -> &Header {
        &self.header
    }

    /// The worksheets so far, read and skipped.
    #[must_use]
    pub fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// Where the row that was read last stands.
    #[must_use]
    pub fn position(&self) -> At {
        At::new(self.at, self.last)
    }

    /// The name of the worksheet that is being read; none for a text.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.parts.get(self.at).and_then(|part| part.name.as_deref())
    }

    /// Reads the next row below a header that holds anything; false at the end. `row` is a buffer to use again; the row may
    /// be the first of the next worksheet, with another header.
    ///
    /// # Errors
    /// [`Refusal`] when the sheet turns out to exceed its limits or to be broken further down.
    pub fn read(&mut self, row: &mut Row) -> Result<bool> {
        if self.is_over {
            return Ok(false);
        }
        loop {
            if let Some(held) = self.held.pop_front() {
                *row = held;
                break;
            }
            match self.rows.read(row)? {
                Next::Row => break,
                Next::Wide(row) => return Err(Refusal::TooManyColumns { row, max: self.limits.columns }.into()),
                Next::End => {
                    if !self.advance(&mut Refusal::Empty.clone())? {
                        return Ok(false);
                    }
                }
            }
        }
        self.last = row.number();
        if row.is_hidden()
            && let Some(part) = self.parts.get_mut(self.at)
        {
            part.hidden_rows += 1;
        }
        self.text_bytes += row.raw().map(|(text, _)| text.len() as u64).sum::<u64>();
        if self.text_bytes > self.limits.text_bytes {
            return Err(Refusal::Bomb.into());
        }
        Ok(true)
    }

    /// How much of the sheet is read, 0 to 1: by bytes of a text, by row numbers of a workbook (as it tells them).
    #[must_use]
    pub fn progress(&self) -> f64 {
        if self.is_over {
            return 1.0;
        }
        let part = |done: u64, all: u64| if all == 0 { 0.0 } else { (done as f64 / all as f64).min(1.0) };
        match &self.rows {
            Source::Text(text, _) => part(text.bytes(), self.size),
            Source::Workbook(_) => {
                let (at, count) = self.opening.at;
                let here = part(u64::from(self.last), u64::from(self.opening.last_row));
                ((f64::from(at) + here) / f64::from(count.max(1))).min(1.0)
            }
        }
    }
}

/// Why a worksheet is passed over, in a word.
fn reason(refusal: &Refusal) -> Text {
    match refusal {
        Refusal::Empty => text!("没有内容"),
        Refusal::NoHeader { .. } => text!("没有老人信息的表头"),
        other => Refused::from(other.clone()).text,
    }
}

const fn rank(refusal: &Refusal) -> u8 {
    match refusal {
        Refusal::Empty => 0,
        Refusal::NoHeader { .. } => 1,
        _ => 2,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_kept_as_one_number() {
        assert_eq!(At::new(0, 17).number(), 17);
        let at = At::of(At::new(13, 1_048_576).number());
        assert_eq!((at.part(), at.row()), (13, 1_048_576));
        assert!(i32::try_from(At::new(5_000, u32::MAX).number()).is_ok());
    }
}
