//! The compact file of streets: a magic word, counts, junctions and chains as differences in variable-length integers,
//! the attribution, and a checksum of everything before it. Written by one version, refused by name by another.

use crate::{
    fault::{Fault, Result},
    geo::Position,
    streets::{Chain, Streets},
    walk::Traits,
};

/// First bytes of every packed file; the last one is the version.
const MAGIC: &[u8; 8] = b"SYREACH\x01";
/// Coordinates are multiples of 10⁻⁷ degrees.
const FIXED: u8 = 1;
const DEGREES: f64 = 1e-7;

pub(crate) fn is_packed(bytes: &[u8]) -> bool {
    bytes.get(..7) == Some(&MAGIC[..7])
}

/// Turns streets into the bytes of a compact file.
#[must_use]
pub fn pack(streets: &Streets) -> Vec<u8> {
    let is_fixed = streets.junctions.iter().chain(&streets.bends).all(|place| is_fixed(*place));
    let mut out = Packer { bytes: MAGIC.to_vec(), is_fixed, last: [0, 0] };
    out.bytes.push(if is_fixed { FIXED } else { 0 });
    out.number(streets.attribution.len() as u64);
    out.bytes.extend_from_slice(streets.attribution.as_bytes());
    out.number(streets.junctions.len() as u64);
    out.number(streets.chains.len() as u64);
    out.number(streets.bends.len() as u64);
    for (place, barrier) in streets.junctions.iter().zip(&streets.barriers) {
        out.place(*place);
        out.bytes.push(barrier.0);
    }
    let mut before = 0;
    for (number, chain) in streets.chains.iter().enumerate() {
        let end = streets.chains.get(number + 1).map_or(streets.bends.len(), |next| next.bends as usize);
        out.number(u64::from(chain.from - before));
        before = chain.from;
        out.signed(i64::from(chain.to) - i64::from(chain.from));
        out.bytes.push(chain.traits.0);
        out.number((end - chain.bends as usize) as u64);
        out.last = grid(streets.junction(chain.from));
        for bend in &streets.bends[chain.bends as usize..end] {
            out.place(*bend);
        }
    }
    let sum = checksum(&out.bytes);
    out.bytes.extend_from_slice(&sum.to_le_bytes());
    out.bytes
}

/// A packed file with these bytes inside: a right magic word and checksum around anything. For tests of what lies behind.
#[must_use]
pub fn sealed(body: &[u8]) -> Vec<u8> {
    let mut bytes = [&MAGIC[..], body].concat();
    bytes.extend_from_slice(&checksum(&bytes).to_le_bytes());
    bytes
}

fn grid(place: Position) -> [i64; 2] {
    [place.lon, place.lat].map(|degrees| (degrees / DEGREES).round() as i64)
}

/// Whether the grid holds the place to a hundredth of a micrometre.
fn is_fixed(place: Position) -> bool {
    [place.lon, place.lat].iter().all(|degrees| ((degrees / DEGREES).round() * DEGREES - degrees).abs() < 1e-13)
}

/// FNV-1a over eight bytes at a time.
fn checksum(bytes: &[u8]) -> u64 {
    let step = |sum: u64, word: u64| (sum ^ word).wrapping_mul(0x0100_0000_01b3).rotate_left(23);
    let mut words = bytes.chunks_exact(8);
    let mut sum = 0xcbf2_9ce4_8422_2325;
    for word in &mut words {
        sum = step(sum, word.try_into().map_or(0, u64::from_le_bytes));
    }
    words.remainder().iter().fold(sum, |sum, byte| step(sum, u64::from(*byte)))
}

struct Packer {
    bytes: Vec<u8>,
    is_fixed: bool,
    last: [i64; 2],
}

impl Packer {
    fn number(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.bytes.push((value & 0x7f) as u8 | 0x80);
            value >>= 7;
        }
        self.bytes.push(value as u8);
    }

    fn signed(&mut self, value: i64) {
        self.number(((value << 1) ^ (value >> 63)).cast_unsigned());
    }

    fn place(&mut self, place: Position) {
        if !self.is_fixed {
            self.bytes.extend_from_slice(&place.lon.to_le_bytes());
            self.bytes.extend_from_slice(&place.lat.to_le_bytes());
            return;
        }
        let now = grid(place);
        self.signed(now[0] - self.last[0]);
        self.signed(now[1] - self.last[1]);
        self.last = now;
    }
}

/// Reads the bytes of a compact file.
pub(crate) fn unpack(bytes: &[u8]) -> Result<Streets> {
    if bytes.get(..8) != Some(MAGIC) {
        let version = bytes.get(7).map_or_else(|| "none".to_owned(), u8::to_string);
        return Err(Fault::Damaged { at: 7, cause: format!("version {version} of the packed format is not known") });
    }
    let length = bytes.len() as u64;
    let Some((body, sum)) = bytes.split_last_chunk::<8>().filter(|(body, _)| body.len() > 8) else {
        return Err(Fault::Truncated { at: 8, length });
    };
    if checksum(body) != u64::from_le_bytes(*sum) {
        return Err(Fault::Damaged { at: 0, cause: "the checksum does not fit: truncated or altered".to_owned() });
    }
    let mut from = Unpacker { bytes: body, at: 8, is_fixed: body.get(8) == Some(&FIXED), last: [0, 0] };
    from.at += 1;
    from.streets()
}

struct Unpacker<'a> {
    bytes: &'a [u8],
    at: usize,
    is_fixed: bool,
    last: [i64; 2],
}

impl Unpacker<'_> {
    fn streets(&mut self) -> Result<Streets> {
        let attribution = self.count()?;
        let attribution = self.take(attribution)?.to_vec();
        let mut streets =
            Streets { attribution: String::from_utf8_lossy(&attribution).into_owned(), ..Streets::default() };
        let (junctions, chains, bends) = (self.count()?, self.count()?, self.count()?);
        streets.junctions.reserve_exact(junctions);
        streets.barriers.reserve_exact(junctions);
        for _ in 0..junctions {
            streets.junctions.push(self.place()?);
            streets.barriers.push(Traits(self.byte()?));
        }
        streets.chains.reserve_exact(chains);
        streets.bends.reserve_exact(bends);
        let mut from = 0_u64;
        for _ in 0..chains {
            from = from.saturating_add(self.number()?);
            let to = from.cast_signed().saturating_add(self.signed()?);
            let (from, to) = (self.junction(from, junctions)?, self.junction(to.cast_unsigned(), junctions)?);
            let traits = Traits(self.byte()?);
            let start = u32::try_from(streets.bends.len()).map_err(|_| Fault::TooMany)?;
            streets.chains.push(Chain { from, to, bends: start, traits });
            self.last = grid(streets.junction(from));
            for _ in 0..self.count()? {
                streets.bends.push(self.place()?);
            }
        }
        if streets.chains.is_empty() {
            return Err(Fault::NoWalkableWay(0));
        }
        Ok(streets)
    }

    fn truncated(&self) -> Fault {
        Fault::Truncated { at: self.at as u64, length: self.bytes.len() as u64 }
    }

    fn byte(&mut self) -> Result<u8> {
        let byte = self.bytes.get(self.at).copied().ok_or_else(|| self.truncated())?;
        self.at += 1;
        Ok(byte)
    }

    fn take(&mut self, count: usize) -> Result<&[u8]> {
        let truncated = self.truncated();
        let taken = self.bytes.get(self.at..self.at.saturating_add(count)).ok_or(truncated)?;
        self.at += count;
        Ok(taken)
    }

    fn number(&mut self) -> Result<u64> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(value);
            }
        }
        Err(Fault::Damaged { at: self.at as u64, cause: "a number without end".to_owned() })
    }

    fn signed(&mut self) -> Result<i64> {
        let value = self.number()?;
        Ok((value >> 1).cast_signed() ^ -(value & 1).cast_signed())
    }

    /// A number of things of at least one byte each.
    fn count(&mut self) -> Result<usize> {
        let count = self.number()?;
        let left = self.bytes.len() - self.at;
        usize::try_from(count).ok().filter(|count| *count <= left).ok_or_else(|| self.truncated())
    }

    fn junction(&self, number: u64, count: usize) -> Result<u32> {
        let known = u32::try_from(number).ok().filter(|number| (*number as usize) < count);
        known.ok_or_else(|| Fault::Damaged { at: self.at as u64, cause: format!("no junction {number}") })
    }

    fn place(&mut self) -> Result<Position> {
        let place = if self.is_fixed {
            for axis in 0..2 {
                self.last[axis] = self.last[axis].saturating_add(self.signed()?);
            }
            Position::new(self.last[0] as f64 * DEGREES, self.last[1] as f64 * DEGREES)
        } else {
            let mut next = || -> Result<f64> {
                let at = self.at as u64;
                self.take(8)?.try_into().map(f64::from_le_bytes).map_err(|_| Fault::Truncated { at, length: at })
            };
            Position::new(next()?, next()?)
        };
        if place.is_on_earth() {
            Ok(place)
        } else {
            Err(Fault::Damaged { at: self.at as u64, cause: "a place beyond ±180°, ±90°".to_owned() })
        }
    }
}
