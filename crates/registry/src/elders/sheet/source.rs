//! An opened sheet: its header, then its rows one by one.

use std::{
    collections::VecDeque,
    fs::File,
    io::{Read, Seek, SeekFrom},
    path::Path,
};

use kernel::{Failure, Result};

use super::{
    Limits, Program, Refusal,
    columns::{HEADER_WITHIN, Header},
    delimited::{Delimited, Stop},
    magic::{self, Format},
    parent::Reader,
    record::Row,
};

/// How many bytes decide what a file is.
const HEAD: u64 = 1 << 16;

/// An opened sheet of elders. Reading blocks: keep it off the threads that serve.
pub struct Sheet {
    rows: Rows,
    header: Header,
    held: VecDeque<Row>,
    limits: Limits,
    size: u64,
    text_bytes: u64,
    last: u32,
}

/// Where the rows come from.
enum Rows {
    Text(Box<Delimited>),
    Workbook(Box<Reader>),
}

impl Rows {
    fn read(&mut self, row: &mut Row) -> Result<bool> {
        match self {
            Self::Workbook(reader) => reader.read(row),
            Self::Text(text) => text.read(row).map_err(|stop| match stop {
                Stop::Refused(refusal) => refusal.into(),
                Stop::Io(e) => Failure::from(e),
            }),
        }
    }
}

impl Sheet {
    /// Opens a file whatever its name says and finds its header. `program` reads workbooks in a child process.
    ///
    /// # Errors
    /// [`Refusal`] when it is not a sheet of elders that can be read within `limits`; an internal fault when the file
    /// cannot be read at all.
    pub fn open(path: &Path, program: &Program, limits: Limits) -> Result<Self> {
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
        let mut rows = match magic::format(&head)? {
            Format::Text(encoding) => Rows::Text(Box::new(Delimited::new(head, file, encoding, limits))),
            Format::Zip => {
                file.seek(SeekFrom::Start(0))?;
                Rows::Workbook(Box::new(Reader::start(program, file, limits)?))
            }
        };
        let (header, held) = head_of(&mut rows)?;
        Ok(Self { rows, header, held, limits, size: meta.len(), text_bytes: 0, last: 0 })
    }

    /// The columns.
    #[must_use]
    pub const fn header(&self) -> &Header {
        &self.header
    }

    /// The name of the worksheet; none for a text.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        match &self.rows {
            Rows::Workbook(reader) => Some(reader.sheet()),
            Rows::Text(_) => None,
        }
    }

    /// Reads the next row below the header that holds anything; false at the end. `row` is a buffer to use again.
    ///
    /// # Errors
    /// [`Refusal`] when the sheet turns out to exceed its limits or to be broken further down.
    pub fn read(&mut self, row: &mut Row) -> Result<bool> {
        if let Some(held) = self.held.pop_front() {
            *row = held;
        } else if !self.rows.read(row)? {
            return Ok(false);
        }
        self.last = row.number();
        self.text_bytes += row.raw().map(|(text, _)| text.len() as u64).sum::<u64>();
        if self.text_bytes > self.limits.text_bytes {
            return Err(Refusal::Bomb.into());
        }
        Ok(true)
    }

    /// How much of the sheet is read, 0 to 1: by bytes of a text, by row numbers of a workbook (as it tells them).
    #[must_use]
    pub fn progress(&self) -> f64 {
        let (done, all) = match &self.rows {
            Rows::Text(text) => (text.bytes(), self.size),
            Rows::Workbook(reader) => (u64::from(self.last), u64::from(reader.last_row())),
        };
        if all == 0 { 0.0 } else { (done as f64 / all as f64).min(1.0) }
    }
}

/// The header, and those of the first rows that stand below it.
fn head_of(rows: &mut Rows) -> Result<(Header, VecDeque<Row>)> {
    let mut head = Vec::new();
    while head.len() < HEADER_WITHIN {
        let mut row = Row::default();
        if !rows.read(&mut row)? {
            break;
        }
        head.push(row);
    }
    let header = Header::find(&head)?;
    head.retain(|row| row.number() > header.row());
    Ok((header, head.into()))
}
