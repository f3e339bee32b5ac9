//! The parent's side of the child process: starts it, waits for it no longer than allowed, and turns each of its deaths
//! into a clear refusal.

use std::{
    ffi::OsString,
    fs::File,
    io::{self, Read},
    os::unix::process::ExitStatusExt,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    sync::mpsc::{Receiver, RecvTimeoutError, sync_channel},
    thread,
    time::Duration,
};

use kernel::{Failure, Result};

use super::{
    Limits, Refusal,
    child::{NO_ROOM, VERB},
    frames::{Frame, FrameReader},
    record::Row,
    workbook::Opening,
};

/// The program that is run as the child: it must call [`super::child::main`] on the hidden verb.
#[derive(Clone, Debug)]
pub struct Program(PathBuf);

impl Program {
    /// This very program, also after its file was replaced by an upgrade.
    ///
    /// # Errors
    /// When the system does not tell which file that is.
    pub fn this() -> io::Result<Self> {
        let same = PathBuf::from("/proc/self/exe");
        if same.exists() { Ok(Self(same)) } else { std::env::current_exe().map(Self) }
    }

    /// Another program.
    #[must_use]
    pub fn at(path: impl AsRef<Path>) -> Self {
        Self(path.as_ref().to_owned())
    }

    fn start(&self, file: File, limits: &Limits) -> io::Result<Child> {
        Command::new(&self.0)
            .args([OsString::from(VERB), OsString::from(limits.to_string())])
            .env_clear()
            .current_dir("/")
            .stdin(file)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
    }
}

/// A workbook that a child process is reading.
pub(super) struct Reader {
    child: Child,
    frames: FrameReader<Pipe>,
    next: Option<Frame>,
}

/// What comes next of a worksheet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// A row.
    Row,
    /// The worksheet is over.
    End,
    /// The worksheet goes too far to the right in this row, and is over.
    Wide(u32),
}

impl Reader {
    /// Starts the child on a file whose position is at its beginning.
    pub(super) fn start(program: &Program, file: File, limits: Limits) -> Result<Self> {
        let mut child = program.start(file, &limits)?;
        let Some(stdout) = child.stdout.take() else { return Err(Failure::internal("the child has no output")) };
        let pipe = Pipe::of(stdout, Duration::from_secs(limits.silence_secs));
        let frames = FrameReader::new(pipe, limits);
        let mut reader = Self { child, frames, next: None };
        match reader.frame(&mut Row::default())? {
            frame @ (Frame::Sheet(_) | Frame::End) => reader.next = Some(frame),
            Frame::Refused(refusal) => return Err(refusal.into()),
            Frame::Row | Frame::Wide { .. } => return Err(Failure::internal("the child named no sheet")),
        }
        Ok(reader)
    }

    /// The next worksheet, when the one before is over; none at the end.
    pub(super) fn next_sheet(&mut self) -> Result<Option<Opening>> {
        match self.next.take() {
            Some(Frame::Sheet(opening)) => Ok(Some(opening)),
            Some(Frame::End) => {
                self.next = Some(Frame::End);
                Ok(None)
            }
            _ => Err(Failure::internal("a worksheet was left before its end")),
        }
    }

    /// Reads the next row of the worksheet.
    pub(super) fn read(&mut self, row: &mut Row) -> Result<Next> {
        if self.next.is_some() {
            return Ok(Next::End);
        }
        match self.frame(row)? {
            Frame::Row => Ok(Next::Row),
            Frame::Wide { row } => Ok(Next::Wide(row)),
            frame @ (Frame::End | Frame::Sheet(_)) => {
                self.next = Some(frame);
                Ok(Next::End)
            }
            Frame::Refused(refusal) => Err(refusal.into()),
        }
    }

    fn frame(&mut self, row: &mut Row) -> Result<Frame> {
        self.frames.next(row).map_err(|e| self.dead(e))
    }

    /// What it means that no frame came.
    fn dead(&mut self, error: io::Error) -> Failure {
        let status = match error.kind() {
            io::ErrorKind::UnexpectedEof => self.child.wait(),
            io::ErrorKind::TimedOut => {
                let _killed = self.child.kill();
                return Refusal::TooHeavy.into();
            }
            _ => return error.into(),
        };
        match status {
            Ok(status) => cause(status),
            Err(e) => e.into(),
        }
    }
}

/// Killed by a signal (no memory, no time): too heavy. A panic of the parser (101): damaged. The rest is not the file's
/// fault.
fn cause(status: ExitStatus) -> Failure {
    match (status.signal(), status.code()) {
        (Some(_), _) => Refusal::TooHeavy.into(),
        (None, Some(101)) => Refusal::Damaged.into(),
        (None, Some(code)) if code == i32::from(NO_ROOM) => {
            Failure::internal("the child that reads spreadsheets could not limit itself")
        }
        (None, _) => Failure::internal(format!("the child that reads spreadsheets failed: {status}")),
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        let _gone_already = self.child.kill();
        let _status = self.child.wait();
    }
}

/// The child's output, read by a thread so that waiting for it can end.
struct Pipe {
    chunks: Receiver<io::Result<Vec<u8>>>,
    chunk: Vec<u8>,
    at: usize,
    patience: Duration,
}

impl Pipe {
    fn of(mut output: impl Read + Send + 'static, patience: Duration) -> Self {
        let (sender, chunks) = sync_channel(8);
        thread::spawn(move || {
            loop {
                let mut chunk = vec![0; 1 << 16];
                let read = output.read(&mut chunk).map(|count| {
                    chunk.truncate(count);
                    chunk
                });
                let over = !read.as_ref().is_ok_and(|chunk| !chunk.is_empty());
                if sender.send(read).is_err() || over {
                    return;
                }
            }
        });
        Self { chunks, chunk: Vec::new(), at: 0, patience }
    }
}

impl Read for Pipe {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if self.at == self.chunk.len() {
            self.chunk = match self.chunks.recv_timeout(self.patience) {
                Ok(chunk) => chunk?,
                Err(RecvTimeoutError::Timeout) => return Err(io::ErrorKind::TimedOut.into()),
                Err(RecvTimeoutError::Disconnected) => return Ok(0),
            };
            self.at = 0;
        }
        let count = buf.len().min(self.chunk.len() - self.at);
        buf[..count].copy_from_slice(&self.chunk[self.at..self.at + count]);
        self.at += count;
        Ok(count)
    }
}
