//! Keys that leave the machine are sealed under a passphrase: `SANGYUK1 ｜ salt (16) ｜ frames`. A frame is its length (4
//! bytes, big endian) and a sealed value whose associated data say what the file is, the frame's number and whether it
//! is the last, so that frames cannot be dropped, swapped or appended.

use std::io::{ErrorKind, Read, Write};

use argon2::{Algorithm, Argon2, Params, Version};
use kernel::{Failure, Ids, Result};
use zeroize::Zeroizing;

use super::Refusal;
use crate::seal::{self, Secret};

const MAGIC: &[u8; 8] = b"SANGYUK1";
/// Characters that a passphrase needs at least.
const LEAST: usize = 12;
/// No frame is larger; a damaged length asks for no more memory than this.
const LARGEST_FRAME: usize = 4 << 20;

/// Passes when a passphrase is long enough to protect keys; for commands that need it only at their end.
///
/// # Errors
/// [`Refusal::ShortPassphrase`].
pub fn check_passphrase(text: &str) -> Result<()> {
    if text.chars().count() < LEAST {
        return Err(Refusal::ShortPassphrase { least: LEAST }.into());
    }
    Ok(())
}

/// A passphrase with its salt, stretched (argon2id, 64 MiB, 3 passes: RFC 9106's second recommendation).
pub(super) struct Passphrase {
    salt: [u8; 16],
    key: Secret,
}

impl Passphrase {
    /// Stretches a passphrase with a new salt.
    pub(super) fn new(text: &str, ids: &Ids) -> Result<Self> {
        check_passphrase(text)?;
        Self::salted(text, ids.bytes())
    }

    fn salted(text: &str, salt: [u8; 16]) -> Result<Self> {
        let params = Params::new(64 * 1_024, 3, 1, Some(16)).map_err(|fault| Failure::internal(fault.to_string()))?;
        let mut key = Zeroizing::new([0; 16]);
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into(text.as_bytes(), &salt, &mut *key)
            .map_err(|fault| Failure::internal(fault.to_string()))?;
        Ok(Self { salt, key: Secret::from_slice(&*key).unwrap_or_else(|| unreachable!("16 bytes")) })
    }

    /// Seals a value that fits in memory.
    pub(super) fn seal_whole(&self, ids: &Ids, what: &'static str, value: &[u8]) -> Result<Vec<u8>> {
        let mut out = Vec::new();
        Writer::new(&mut out, self, what)?.last(ids, value)?;
        Ok(out)
    }

    /// Opens what [`Passphrase::seal_whole`] made.
    pub(super) fn open_whole(text: &str, what: &'static str, sealed: &[u8]) -> Result<Vec<u8>> {
        let mut reader = Reader::new(sealed, text, what)?;
        match (reader.next()?, reader.done) {
            (Some(value), true) => Ok(value),
            _ => Err(Refusal::NotOpened.into()),
        }
    }
}

/// Writes frames.
pub(super) struct Writer<'a, W> {
    out: W,
    key: &'a Secret,
    what: &'static str,
    number: u64,
}

impl<'a, W: Write> Writer<'a, W> {
    pub(super) fn new(mut out: W, passphrase: &'a Passphrase, what: &'static str) -> Result<Self> {
        out.write_all(MAGIC)?;
        out.write_all(&passphrase.salt)?;
        Ok(Self { out, key: &passphrase.key, what, number: 0 })
    }

    /// Writes a frame that is not the last.
    pub(super) fn frame(&mut self, ids: &Ids, value: &[u8]) -> Result<()> {
        self.write(ids, value, false)
    }

    /// Writes the last frame.
    pub(super) fn last(mut self, ids: &Ids, value: &[u8]) -> Result<()> {
        self.write(ids, value, true)?;
        Ok(self.out.flush()?)
    }

    fn write(&mut self, ids: &Ids, value: &[u8], last: bool) -> Result<()> {
        let sealed = seal::seal(self.key, 1, &ids.bytes(), &associated(self.what, self.number, last), value);
        let length = u32::try_from(sealed.len()).ok().filter(|n| *n as usize <= LARGEST_FRAME);
        let length = length.ok_or_else(|| Failure::internal("a frame of keys is too large"))?;
        self.out.write_all(&length.to_be_bytes())?;
        self.out.write_all(&sealed)?;
        self.number += 1;
        Ok(())
    }
}

/// Reads frames.
pub(super) struct Reader<R> {
    from: R,
    key: Secret,
    what: &'static str,
    number: u64,
    /// Whether the last frame was read.
    pub(super) done: bool,
}

impl<R: Read> Reader<R> {
    pub(super) fn new(mut from: R, passphrase: &str, what: &'static str) -> Result<Self> {
        let mut head = [0; 24];
        read_exact(&mut from, &mut head)?;
        let (magic, salt) = head.split_at(8);
        let salt: [u8; 16] = salt.try_into()?;
        if magic != MAGIC {
            return Err(Refusal::NotOpened.into());
        }
        let Passphrase { key, .. } = Passphrase::salted(passphrase, salt)?;
        Ok(Self { from, key, what, number: 0, done: false })
    }

    /// The next frame; none after the last one. A file that ends before its last frame is refused.
    pub(super) fn next(&mut self) -> Result<Option<Vec<u8>>> {
        if self.done {
            return Ok(None);
        }
        let mut length = [0; 4];
        read_exact(&mut self.from, &mut length)?;
        let length = u32::from_be_bytes(length) as usize;
        if length > LARGEST_FRAME {
            return Err(Refusal::NotOpened.into());
        }
        let mut sealed = vec![0; length];
        read_exact(&mut self.from, &mut sealed)?;
        for last in [false, true] {
            if let Ok(value) = seal::open(&self.key, &associated(self.what, self.number, last), &sealed) {
                self.number += 1;
                self.done = last;
                return Ok(Some(value));
            }
        }
        Err(Refusal::NotOpened.into())
    }
}

fn associated(what: &str, number: u64, last: bool) -> Vec<u8> {
    [what.as_bytes(), &[0, u8::from(last)], &number.to_be_bytes()].concat()
}

fn read_exact(from: &mut impl Read, into: &mut [u8]) -> Result<()> {
    match from.read_exact(into) {
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => Err(Refusal::NotOpened.into()),
        read => Ok(read?),
    }
}
