//! The child process that reads a workbook: the program run again with a hidden verb, in a narrow room. It takes the file
//! as its standard input (so that it needs no path and no rights), writes frames to its standard output and knows
//! nothing else: its environment is empty.

use std::{
    fs::File,
    io::{self, BufReader, BufWriter},
    os::fd::AsFd,
    process::ExitCode,
};

use rustix::process::{Resource, Rlimit, setrlimit};

use super::{Limits, delimited::Stop, frames::FrameWriter, workbook};

/// The hidden verb of the program that calls [`main`] with the argument behind it.
pub const VERB: &str = "__read-sheet";

/// The child could not be shut in its room, and read nothing.
pub(super) const NO_ROOM: u8 = 3;

/// Reads the workbook on standard input within `limits` (as [`Limits`] prints them) and writes its rows to standard
/// output. To be called before anything else of the program starts.
#[must_use]
pub fn main(limits: &str) -> ExitCode {
    let Ok(limits) = limits.parse::<Limits>() else { return ExitCode::from(NO_ROOM) };
    if shut_in(&limits).is_err() {
        return ExitCode::from(NO_ROOM);
    }
    match read(&limits) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

/// No more memory and time than allowed, no files written, no core left behind.
fn shut_in(limits: &Limits) -> io::Result<()> {
    let set = |resource, soft, hard| setrlimit(resource, Rlimit { current: Some(soft), maximum: Some(hard) });
    set(Resource::As, limits.memory_bytes, limits.memory_bytes)?;
    set(Resource::Cpu, limits.cpu_secs, limits.cpu_secs + 1)?;
    set(Resource::Fsize, 0, 0)?;
    set(Resource::Core, 0, 0)?;
    Ok(())
}

fn read(limits: &Limits) -> io::Result<()> {
    let file = File::from(io::stdin().as_fd().try_clone_to_owned()?);
    let mut frames = FrameWriter::new(BufWriter::with_capacity(1 << 16, io::stdout().lock()))?;
    match workbook::stream(BufReader::with_capacity(1 << 16, file), limits, &mut frames) {
        Ok(()) => frames.end(),
        Err(Stop::Refused(refusal)) => frames.refuse(&refusal),
        Err(Stop::Io(e)) => Err(e),
    }
}
