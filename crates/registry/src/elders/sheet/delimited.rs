//! Rows of a delimited text (.csv, .tsv): comma, tab or semicolon, UTF-8 or GB18030. It is read in this process: the
//! reader is safe code, and a record that grows beyond all bounds is stopped.

use std::{
    borrow::Cow,
    fs::File,
    io::{self, Cursor, Read},
};

use csv::ByteRecord;

use super::{
    Limits, Refusal,
    header::{HEADER_WITHIN, Header},
    magic::Encoding,
    record::{Form, Row},
};

/// A text of rows.
pub(super) struct Delimited<R = File> {
    reader: csv::Reader<Meter<io::Chain<Cursor<Vec<u8>>, R>>>,
    record: ByteRecord,
    encoding: Encoding,
    delimiter: u8,
    limits: Limits,
    number: u32,
    filled: u32,
    widest: usize,
}

/// Why reading a text ends early.
#[derive(Debug)]
pub(super) enum Stop {
    /// The sheet is refused.
    Refused(Refusal),
    /// The file cannot be read.
    Io(io::Error),
}

impl From<Refusal> for Stop {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl<R: Read> Delimited<R> {
    /// A reader of a text of which `head` was read already; the delimiter is the one that names the most columns.
    pub(super) fn new(head: Vec<u8>, rest: R, encoding: Encoding, limits: Limits) -> Self {
        let delimiter = [b',', b'\t', b';'].into_iter().rev().max_by_key(|d| columns(&head, *d, encoding, limits));
        Self::with(head, rest, encoding, limits, delimiter.unwrap_or(b','))
    }

    fn with(mut head: Vec<u8>, rest: R, encoding: Encoding, limits: Limits, delimiter: u8) -> Self {
        if head.starts_with(b"\xef\xbb\xbf") {
            head.drain(..3);
        }
        let widest_record = u64::from(limits.columns) * u64::from(limits.cell_chars) * 4 + (1 << 16);
        let meter = Meter { inner: Cursor::new(head).chain(rest), since: 0, cap: widest_record, total: 0 };
        let reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(delimiter)
            .buffer_capacity(1 << 16)
            .from_reader(meter);
        let record = ByteRecord::new();
        Self { reader, record, encoding, delimiter, limits, number: 0, filled: 0, widest: 1 }
    }

    /// Bytes read so far.
    pub(super) fn bytes(&self) -> u64 {
        self.reader.get_ref().total
    }

    /// Reads the next row that holds anything; false at the end.
    pub(super) fn read(&mut self, row: &mut Row) -> Result<bool, Stop> {
        loop {
            let before = self.reader.position().line();
            match self.reader.read_byte_record(&mut self.record) {
                Ok(true) => {}
                Ok(false) => return Ok(false),
                Err(e) => return Err(self.stopped(e)),
            }
            self.reader.get_mut().since = 0;
            self.number += 1 + self.blank_lines(before);
            self.fill(row)?;
            if row.is_blank() {
                continue;
            }
            self.filled += 1;
            if self.filled > self.limits.rows {
                return Err(Refusal::TooManyRows { max: self.limits.rows }.into());
            }
            return Ok(true);
        }
    }

    /// Lines that the parser skipped before this record: people count them as rows.
    fn blank_lines(&self, before: u64) -> u32 {
        let lines = self.reader.position().line().saturating_sub(before);
        if lines <= 1 {
            return 0;
        }
        let inside = self.record.as_slice().iter().filter(|b| **b == b'\n').count() as u64;
        u32::try_from(lines.saturating_sub(1 + inside)).unwrap_or(u32::MAX / 2)
    }

    fn fill(&mut self, row: &mut Row) -> Result<(), Stop> {
        row.start(self.number);
        let max = self.limits.columns;
        for (at, field) in self.record.iter().enumerate() {
            if at >= max as usize && !field.is_empty() {
                return Err(Refusal::TooManyColumns { row: self.number, max }.into());
            }
            if at < max as usize {
                let (text, form) = decode(field, self.encoding);
                row.push(&text, form, self.limits.cell_chars as usize);
            }
        }
        // A quote that nobody closed swallows whole rows: their line ends and all their delimiters in one cell.
        let several_lines = self.record.as_slice().contains(&b'\n');
        if several_lines && self.widest > 3 && self.record.iter().any(|field| self.swallowed_a_row(field)) {
            return Err(Refusal::OpenQuote { row: self.number }.into());
        }
        self.widest = self.widest.max(self.record.len());
        Ok(())
    }

    fn swallowed_a_row(&self, field: &[u8]) -> bool {
        field.contains(&b'\n') && field.iter().filter(|b| **b == self.delimiter).count() + 1 >= self.widest
    }

    fn stopped(&self, error: csv::Error) -> Stop {
        match error.into_kind() {
            csv::ErrorKind::Io(e) if e.get_ref().is_some_and(|inner| inner.is::<Endless>()) => {
                Refusal::OpenQuote { row: self.number + 1 }.into()
            }
            csv::ErrorKind::Io(e) => Stop::Io(e),
            _ => Refusal::Damaged.into(),
        }
    }
}

/// How many columns the best of the first rows names when parted by `delimiter`.
fn columns(head: &[u8], delimiter: u8, encoding: Encoding, limits: Limits) -> usize {
    let mut rows = Delimited::with(head.to_vec(), io::empty(), encoding, limits, delimiter);
    let mut row = Row::default();
    let mut best = 0;
    for _ in 0..HEADER_WITHIN {
        match rows.read(&mut row) {
            Ok(true) => best = best.max(Header::known(&row)),
            Ok(false) | Err(_) => break,
        }
    }
    best
}

fn decode(field: &[u8], encoding: Encoding) -> (Cow<'_, str>, Form) {
    let (text, garbled) = match (std::str::from_utf8(field), encoding) {
        (Ok(text), Encoding::Utf8) => (Cow::Borrowed(text), false),
        (Err(_), Encoding::Utf8) => (String::from_utf8_lossy(field), true),
        (_, Encoding::Gb18030) => encoding_rs::GB18030.decode_without_bom_handling(field),
    };
    (text, if garbled { Form::Garbled } else { Form::Text })
}

/// Counts the bytes read since the last record and stops at the cap.
struct Meter<R> {
    inner: R,
    since: u64,
    cap: u64,
    total: u64,
}

/// A record without end.
#[derive(Debug)]
struct Endless;

impl std::fmt::Display for Endless {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a record is longer than any row may be")
    }
}

impl std::error::Error for Endless {}

impl<R: Read> Read for Meter<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if self.since > self.cap {
            return Err(io::Error::other(Endless));
        }
        let count = self.inner.read(buf)?;
        self.since += count as u64;
        self.total += count as u64;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const HEADER: &str = "姓名,证件号码,居住地址,区划代码,备注";

    fn rows(bytes: &[u8], encoding: Encoding) -> Result<Vec<(u32, Vec<String>)>, Stop> {
        read_within(bytes, encoding, Limits { rows: 1_000, cell_chars: 50, columns: 20, ..Limits::default() })
    }

    fn read_within(bytes: &[u8], encoding: Encoding, limits: Limits) -> Result<Vec<(u32, Vec<String>)>, Stop> {
        let head = bytes[..bytes.len().min(256)].to_vec();
        let mut reader = Delimited::new(head, &bytes[bytes.len().min(256)..], encoding, limits);
        let (mut row, mut out) = (Row::default(), Vec::new());
        while reader.read(&mut row)? {
            out.push((row.number(), (0..row.width()).map(|at| row.cell(at).text.to_owned()).collect()));
        }
        Ok(out)
    }

    fn numbers(text: &str) -> Vec<u32> {
        rows(text.as_bytes(), Encoding::Utf8).unwrap().iter().map(|(number, _)| *number).collect()
    }

    fn refused(result: Result<Vec<(u32, Vec<String>)>, Stop>) -> Refusal {
        match result.unwrap_err() {
            Stop::Refused(refusal) => refusal,
            Stop::Io(e) => panic!("{e}"),
        }
    }

    #[test]
    fn the_delimiter_is_the_one_that_names_columns() {
        for delimiter in [",", "\t", ";"] {
            let text = format!("{}\n张三,1;2\t3,4,5,6\n", HEADER.replace(',', delimiter));
            let read = rows(text.as_bytes(), Encoding::Utf8).unwrap();
            assert_eq!(read[0].1.len(), 5, "{delimiter:?}");
        }
    }

    #[test]
    fn gb18030_reads_as_utf8_does() {
        let text = format!("{HEADER}\n张㐱,1,文昌街“1”号,411002,𠮷\n");
        let gb = encoding_rs::GB18030.encode(&text).0;
        assert_eq!(rows(&gb, Encoding::Gb18030).unwrap(), rows(text.as_bytes(), Encoding::Utf8).unwrap());
        assert_eq!(rows(text.as_bytes(), Encoding::Utf8).unwrap()[1].1[4], "𠮷");
    }

    #[test]
    fn rows_keep_the_numbers_that_people_see() {
        assert_eq!(numbers("姓名,备注\r\n\r\n\r\n张三,1\r\n,\r\n李四,2"), [1, 4, 6]);
        assert_eq!(numbers("姓名,备注\n张三,\"两\n行\"\n\n李四,2\n"), [1, 2, 4]);
    }

    #[test]
    fn a_quote_that_nobody_closed_is_refused_with_its_row() {
        let text = format!("{HEADER}\n张三,1,\"文昌街,411002,\n李四,2,南街,411002,\n王五,3,北街,411002,\n");
        assert_eq!(refused(rows(text.as_bytes(), Encoding::Utf8)), Refusal::OpenQuote { row: 2 });
        let endless = format!("{HEADER}\n张三,1,\"{}", "文".repeat(200_000));
        assert_eq!(refused(rows(endless.as_bytes(), Encoding::Utf8)), Refusal::OpenQuote { row: 2 });
    }

    #[test]
    fn caps_hold() {
        let limits = Limits { rows: 2, columns: 3, ..Limits::default() };
        let read = |text: &str| refused(read_within(text.as_bytes(), Encoding::Utf8, limits));
        assert_eq!(read("姓名\n1\n2\n3\n"), Refusal::TooManyRows { max: 2 });
        assert_eq!(read("姓名\n1,2,3,4\n"), Refusal::TooManyColumns { row: 2, max: 3 });
    }

    #[test]
    fn bytes_of_another_encoding_mark_their_cell() {
        let bytes = [HEADER.as_bytes(), b"\n\xd5\xc5,1,2,3,4\n"].concat();
        let mut reader = Delimited::new(bytes, io::empty(), Encoding::Utf8, Limits::default());
        let mut row = Row::default();
        while reader.read(&mut row).unwrap() {}
        assert_eq!(row.cell(0).form, Form::Garbled);
        assert_eq!(row.cell(1).form, Form::Text);
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic_or_hang(bytes in prop::collection::vec(any::<u8>(), 0..2_000)) {
            for encoding in [Encoding::Utf8, Encoding::Gb18030] {
                let _ = rows(&bytes, encoding);
            }
        }

        #[test]
        fn no_text_of_quotes_and_delimiters_makes_it_panic_or_hang(text in "[\",;\\t\r\n姓名a]{0,300}") {
            let _ = rows(text.as_bytes(), Encoding::Utf8);
        }

        #[test]
        fn what_is_written_is_read(cells in prop::collection::vec(prop::collection::vec("[^\u{0}-\u{1f}]{1,10}x", 3), 1..20)) {
            let mut writer = csv::Writer::from_writer(Vec::new());
            writer.write_record(["姓名", "证件号码", "备注"]).unwrap();
            cells.iter().for_each(|row| writer.write_record(row).unwrap());
            let read = rows(&writer.into_inner().unwrap(), Encoding::Utf8).unwrap();
            prop_assert_eq!(read.len(), cells.len() + 1);
        }
    }
}
