//! How rows travel from the child process to its parent: a magic line, then frames. The parent believes nothing: every
//! length is checked against the caps before it is used.
//!
//! ```text
//! S at:u32 count:u32 last_row:u32 hidden:u32 length:u32 name columns:u32 column:u32* | W row:u32
//! R number:u32 hidden:u8 cells:u32 (form:u8 length:u32 text)* | X code:u8 row:u32 | E
//! ```

use std::io::{self, Read, Write};

use super::{
    Limits, Refusal,
    record::{Form, Row},
    workbook::{Opening, Sink},
};

const MAGIC: &[u8; 8] = b"SYSHEET\n";

/// The child's side.
pub(super) struct FrameWriter<W>(W);

impl<W: Write> FrameWriter<W> {
    pub(super) fn new(mut out: W) -> io::Result<Self> {
        out.write_all(MAGIC)?;
        Ok(Self(out))
    }

    /// The sheet ends in a refusal.
    pub(super) fn refuse(mut self, refusal: &Refusal) -> io::Result<()> {
        let (code, row) = code(refusal);
        self.0.write_all(&[b'X', code])?;
        self.number(row)?;
        self.0.flush()
    }

    /// All rows are written.
    pub(super) fn end(mut self) -> io::Result<()> {
        self.0.write_all(b"E")?;
        self.0.flush()
    }

    fn number(&mut self, number: u32) -> io::Result<()> {
        self.0.write_all(&number.to_le_bytes())
    }
}

impl<W: Write> Sink for FrameWriter<W> {
    fn sheet(&mut self, opening: &Opening) -> io::Result<()> {
        self.0.write_all(b"S")?;
        let (at, count) = opening.at;
        for number in [at, count, opening.last_row, u32::from(opening.is_hidden)] {
            self.number(number)?;
        }
        let name: String = opening.name.chars().take(100).collect();
        self.number(name.len() as u32)?;
        self.0.write_all(name.as_bytes())?;
        self.number(opening.hidden_columns.len() as u32)?;
        opening.hidden_columns.iter().try_for_each(|column| self.number(*column))
    }

    fn row(&mut self, row: &Row) -> io::Result<()> {
        self.0.write_all(b"R")?;
        self.number(row.number())?;
        self.0.write_all(&[u8::from(row.is_hidden())])?;
        self.number(row.width() as u32)?;
        for (text, form) in row.raw() {
            self.0.write_all(&[form.code()])?;
            self.number(text.len() as u32)?;
            self.0.write_all(text.as_bytes())?;
        }
        Ok(())
    }

    fn wide(&mut self, row: u32) -> io::Result<()> {
        self.0.write_all(b"W")?;
        self.number(row)
    }
}

/// What the parent reads.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Frame {
    /// A worksheet begins.
    Sheet(Opening),
    /// The worksheet goes too far to the right in this row; no more of it comes.
    Wide { row: u32 },
    /// A row; it stands in the buffer that was handed in.
    Row,
    /// The sheet is refused.
    Refused(Refusal),
    /// All rows were read.
    End,
}

/// The parent's side.
pub(super) struct FrameReader<R> {
    input: R,
    limits: Limits,
    buffer: Vec<u8>,
    greeted: bool,
}

impl<R: Read> FrameReader<R> {
    pub(super) fn new(input: R, limits: Limits) -> Self {
        Self { input, limits, buffer: Vec::new(), greeted: false }
    }

    /// The next frame.
    ///
    /// # Errors
    /// `InvalidData` for anything that the child's side does not write, `UnexpectedEof` when it stopped half-way, and
    /// what the pipe says.
    pub(super) fn next(&mut self, row: &mut Row) -> io::Result<Frame> {
        if !self.greeted {
            let mut magic = [0; MAGIC.len()];
            self.input.read_exact(&mut magic)?;
            if &magic != MAGIC {
                return Err(nonsense());
            }
            self.greeted = true;
        }
        match self.byte()? {
            b'S' => {
                let (at, last_row) = ((self.number()?, self.number()?), self.number()?);
                let (is_hidden, name) = (self.number()? != 0, self.text(400)?.to_owned());
                let count = self.number()?;
                if count > self.limits.columns {
                    return Err(nonsense());
                }
                let hidden_columns = (0..count).map(|_| self.number()).collect::<io::Result<_>>()?;
                Ok(Frame::Sheet(Opening { name, at, last_row, is_hidden, hidden_columns }))
            }
            b'W' => Ok(Frame::Wide { row: self.number()? }),
            b'R' => self.row(row).map(|()| Frame::Row),
            b'X' => {
                let (code, number) = (self.byte()?, self.number()?);
                refusal(code, number, &self.limits).map(Frame::Refused).ok_or_else(nonsense)
            }
            b'E' => Ok(Frame::End),
            _ => Err(nonsense()),
        }
    }

    fn row(&mut self, row: &mut Row) -> io::Result<()> {
        row.start(self.number()?);
        row.set_hidden(self.byte()? != 0);
        let cells = self.number()?;
        if cells > self.limits.columns {
            return Err(nonsense());
        }
        for _ in 0..cells {
            let form = Form::of(self.byte()?).ok_or_else(nonsense)?;
            let cap = self.limits.cell_chars;
            let text = self.text(cap.saturating_mul(4))?;
            row.push(text, form, cap as usize);
        }
        Ok(())
    }

    fn byte(&mut self) -> io::Result<u8> {
        let mut byte = [0];
        self.input.read_exact(&mut byte)?;
        Ok(byte[0])
    }

    fn number(&mut self) -> io::Result<u32> {
        let mut bytes = [0; 4];
        self.input.read_exact(&mut bytes)?;
        Ok(u32::from_le_bytes(bytes))
    }

    fn text(&mut self, max: u32) -> io::Result<&str> {
        let length = self.number()?;
        if length > max {
            return Err(nonsense());
        }
        self.buffer.resize(length as usize, 0);
        self.input.read_exact(&mut self.buffer)?;
        std::str::from_utf8(&self.buffer).map_err(|_| nonsense())
    }
}

fn nonsense() -> io::Error {
    io::Error::from(io::ErrorKind::InvalidData)
}

/// What a child can say no to, and the row it names.
const fn code(refusal: &Refusal) -> (u8, u32) {
    match refusal {
        Refusal::NotASheet => (1, 0),
        Refusal::Empty => (2, 0),
        Refusal::Bomb => (3, 0),
        Refusal::TooManyRows { .. } => (4, 0),
        Refusal::TooManyColumns { row, .. } => (5, *row),
        Refusal::OldFormat => (6, 0),
        Refusal::Locked => (7, 0),
        Refusal::TooHeavy => (8, 0),
        _ => (0, 0),
    }
}

const fn refusal(code: u8, row: u32, limits: &Limits) -> Option<Refusal> {
    Some(match code {
        0 => Refusal::Damaged,
        1 => Refusal::NotASheet,
        2 => Refusal::Empty,
        3 => Refusal::Bomb,
        4 => Refusal::TooManyRows { max: limits.rows },
        5 => Refusal::TooManyColumns { row, max: limits.columns },
        6 => Refusal::OldFormat,
        7 => Refusal::Locked,
        8 => Refusal::TooHeavy,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn frames(bytes: &[u8], limits: Limits) -> Vec<(Result<Frame, io::ErrorKind>, Row)> {
        let mut reader = FrameReader::new(bytes, limits);
        let mut out = Vec::new();
        loop {
            let mut row = Row::default();
            let frame = reader.next(&mut row).map_err(|e| e.kind());
            let over = !matches!(frame, Ok(Frame::Row | Frame::Sheet(_) | Frame::Wide { .. }));
            out.push((frame, row));
            if over {
                return out;
            }
        }
    }

    fn opening() -> Opening {
        Opening { name: "老人".into(), at: (1, 3), last_row: 12, is_hidden: true, hidden_columns: vec![2, 5] }
    }

    fn written() -> (Vec<u8>, Row) {
        let mut row = Row::default();
        row.start(9);
        row.push("张三", Form::Text, 10);
        row.push("4.1E+17", Form::Number, 10);
        let mut bytes = Vec::new();
        let mut writer = FrameWriter::new(&mut bytes).unwrap();
        writer.sheet(&opening()).unwrap();
        writer.row(&row).unwrap();
        writer.end().unwrap();
        (bytes, row)
    }

    #[test]
    fn the_parent_reads_what_the_child_writes() {
        let (bytes, row) = written();
        let read = frames(&bytes, Limits::default());
        assert_eq!(read[0].0, Ok(Frame::Sheet(opening())));
        assert_eq!(read[1], (Ok(Frame::Row), row));
        assert_eq!(read[2].0, Ok(Frame::End));
    }

    #[test]
    fn every_refusal_of_a_child_arrives() {
        let limits = Limits::default();
        for refusal in [
            Refusal::Damaged,
            Refusal::NotASheet,
            Refusal::Empty,
            Refusal::Bomb,
            Refusal::OldFormat,
            Refusal::Locked,
            Refusal::TooHeavy,
            Refusal::TooManyRows { max: limits.rows },
            Refusal::TooManyColumns { row: 7, max: limits.columns },
        ] {
            let mut bytes = Vec::new();
            FrameWriter::new(&mut bytes).unwrap().refuse(&refusal).unwrap();
            assert_eq!(frames(&bytes, limits)[0].0, Ok(Frame::Refused(refusal)));
        }
    }

    #[test]
    fn a_child_that_exceeds_the_caps_is_not_believed() {
        let (bytes, _) = written();
        let narrow = Limits { columns: 1, ..Limits::default() };
        assert_eq!(frames(&bytes, narrow).last().unwrap().0, Err(io::ErrorKind::InvalidData));
        let short = Limits { cell_chars: 1, ..Limits::default() };
        assert_eq!(frames(&bytes, short).last().unwrap().0, Err(io::ErrorKind::InvalidData));
        let cut = &bytes[..bytes.len() - 3];
        assert_eq!(frames(cut, Limits::default()).last().unwrap().0, Err(io::ErrorKind::UnexpectedEof));
    }

    proptest! {
        #[test]
        fn no_bytes_of_a_child_make_the_parent_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let _ = frames(&[&MAGIC[..], &bytes].concat(), Limits::default());
            let _ = frames(&bytes, Limits::default());
        }
    }
}
