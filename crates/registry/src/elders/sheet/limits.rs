//! How much of a file is read at most, and what its reader may use up.

use std::{fmt, str::FromStr};

/// Caps of one sheet. The defaults fit a city of a million elders.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Rows with content.
    pub rows: u32,
    /// Columns, counted from the first one.
    pub columns: u32,
    /// Characters of a cell; the rest is cut off and the row refused.
    pub cell_chars: u32,
    /// Bytes of the file.
    pub file_bytes: u64,
    /// Bytes that a spreadsheet says it unpacks to.
    pub unpacked_bytes: u64,
    /// How many times larger than the file that may be (asked from 64 MiB on).
    pub unpacked_ratio: u64,
    /// Bytes of all texts together.
    pub text_bytes: u64,
    /// Address space of the child process, in bytes.
    pub memory_bytes: u64,
    /// Processor time of the child process, in seconds.
    pub cpu_secs: u64,
    /// How long the child process may say nothing while it is waited for, in seconds.
    pub silence_secs: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            rows: 1_000_000,
            columns: 200,
            cell_chars: 4_000,
            file_bytes: 512 << 20,
            unpacked_bytes: 4 << 30,
            unpacked_ratio: 200,
            text_bytes: 4 << 30,
            memory_bytes: 1 << 30,
            cpu_secs: 300,
            silence_secs: 60,
        }
    }
}

impl Limits {
    const fn numbers(self) -> [u64; 10] {
        [
            self.rows as u64,
            self.columns as u64,
            self.cell_chars as u64,
            self.file_bytes,
            self.unpacked_bytes,
            self.unpacked_ratio,
            self.text_bytes,
            self.memory_bytes,
            self.cpu_secs,
            self.silence_secs,
        ]
    }
}

/// The numbers in the order of the fields, as the child process takes them.
impl fmt::Display for Limits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let numbers = self.numbers().map(|n| n.to_string());
        f.write_str(&numbers.join(","))
    }
}

/// A text that is not a list of limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotLimits;

impl FromStr for Limits {
    type Err = NotLimits;

    fn from_str(text: &str) -> Result<Self, NotLimits> {
        let numbers: Vec<u64> = text.split(',').map(str::parse).collect::<Result<_, _>>().map_err(|_| NotLimits)?;
        let small = |n: u64| u32::try_from(n).map_err(|_| NotLimits);
        match numbers[..] {
            [rows, columns, cell_chars, file, unpacked, ratio, text, memory, cpu, silence] => Ok(Self {
                rows: small(rows)?,
                columns: small(columns)?,
                cell_chars: small(cell_chars)?,
                file_bytes: file,
                unpacked_bytes: unpacked,
                unpacked_ratio: ratio,
                text_bytes: text,
                memory_bytes: memory,
                cpu_secs: cpu,
                silence_secs: silence,
            }),
            _ => Err(NotLimits),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_reach_the_child_unchanged() {
        let limits = Limits { rows: 7, silence_secs: 3, ..Limits::default() };
        assert_eq!(limits.to_string().parse(), Ok(limits));
        assert_eq!("1,2".parse::<Limits>(), Err(NotLimits));
    }
}
