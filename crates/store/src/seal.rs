//! Sealed cells: what a thief of the database, a backup or a log must not read.
//!
//! A cell is `algorithm (1 byte) ｜ key version (2, big endian) ｜ nonce (12) ｜ ciphertext ｜ tag (16)`. Algorithm 1 is
//! SM4-GCM (GB/T 32907, RFC 8998). The cell's place, `table.column` and the id of its row, is authenticated with it, so a
//! cell that was moved does not open.

use std::fmt;

use aes_gcm::{
    AeadInOut, AesGcm, KeyInit, Nonce, Tag,
    aead::{consts::U12, inout::InOutBuf},
};
use kernel::Ids;
use sm4::Sm4;
use uuid::Uuid;
use zeroize::Zeroizing;

type Sm4Gcm = AesGcm<Sm4, U12>;

const SM4_GCM: u8 = 1;
const HEADER: usize = 1 + 2 + 12;
const TAG: usize = 16;

/// How many bytes a sealed cell is longer than its content.
pub const OVERHEAD: usize = HEADER + TAG;

/// Why a sealed cell does not open. None of these is the user's doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealFault {
    /// Too short, or of an algorithm that this program does not know.
    #[error("the sealed cell has an unknown form")]
    Form,
    /// Sealed under another version of the key.
    #[error("the cell was sealed under version {found} of the key, this is version {given}")]
    Version {
        /// The version in the cell.
        found: u16,
        /// The version of the key at hand.
        given: u16,
    },
    /// Changed, moved to another row or column, or sealed with another key.
    #[error("the sealed cell was changed or moved, or belongs to another key")]
    Tampered,
    /// Sealed text that is not UTF-8.
    #[error("the sealed cell holds no text")]
    NoText,
}

/// 128 secret bits; wiped when dropped, never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<[u8; 16]>);

impl Secret {
    /// New random bits.
    #[must_use]
    pub fn random(ids: &Ids) -> Self {
        Self(Zeroizing::new(ids.bytes()))
    }

    /// The secret in these bytes; none unless they are 16.
    #[must_use]
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(|bytes| Self(Zeroizing::new(bytes)))
    }

    /// The bits, for wrapping and deriving only.
    #[must_use]
    pub fn reveal(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// Where a sealed value stands: it opens only there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cell<'a> {
    /// The table's name.
    pub table: &'a str,
    /// The column's name.
    pub column: &'a str,
    /// The id of the row, without its home: a person who moves keeps the sealed values.
    pub id: Uuid,
}

impl<'a> Cell<'a> {
    /// The cell `table.column` of the row `id`.
    #[must_use]
    pub const fn new(table: &'a str, column: &'a str, id: Uuid) -> Self {
        Self { table, column, id }
    }

    fn associated(self) -> Vec<u8> {
        [self.table.as_bytes(), b".", self.column.as_bytes(), self.id.as_bytes()].concat()
    }
}

/// The key of one subject's cells: a person's, an organisation's.
#[derive(Clone, PartialEq, Eq)]
pub struct DataKey {
    secret: Secret,
    version: u16,
}

impl DataKey {
    /// The key made of a secret; `version` is written into each cell.
    #[must_use]
    pub const fn new(secret: Secret, version: u16) -> Self {
        Self { secret, version }
    }

    /// The secret, for wrapping only.
    pub(crate) const fn secret(&self) -> &Secret {
        &self.secret
    }

    /// Seals a value for its cell; [`OVERHEAD`] bytes longer than the value.
    #[must_use]
    pub fn seal(&self, ids: &Ids, cell: Cell<'_>, value: &[u8]) -> Vec<u8> {
        self.sealer().seal(ids, cell, value)
    }

    /// The key made ready to seal several cells.
    #[must_use]
    pub fn sealer(&self) -> Sealer {
        Sealer { cipher: cipher(&self.secret), version: self.version }
    }

    /// Opens what [`DataKey::seal`] made for the same cell.
    ///
    /// # Errors
    /// [`SealFault`]: another cell's value, another key's, or a changed one.
    pub fn open(&self, cell: Cell<'_>, sealed: &[u8]) -> Result<Vec<u8>, SealFault> {
        let found = version(sealed)?;
        if found != self.version {
            return Err(SealFault::Version { found, given: self.version });
        }
        open(&self.secret, &cell.associated(), sealed)
    }

    /// Opens a cell that holds text.
    ///
    /// # Errors
    /// As [`DataKey::open`], and [`SealFault::NoText`].
    pub fn open_text(&self, cell: Cell<'_>, sealed: &[u8]) -> Result<String, SealFault> {
        String::from_utf8(self.open(cell, sealed)?).map_err(|_| SealFault::NoText)
    }
}

/// A [`DataKey`] made ready once: making it ready costs as much as sealing a phone number.
pub struct Sealer {
    cipher: Sm4Gcm,
    version: u16,
}

impl Sealer {
    /// As [`DataKey::seal`].
    #[must_use]
    pub fn seal(&self, ids: &Ids, cell: Cell<'_>, value: &[u8]) -> Vec<u8> {
        seal_with(&self.cipher, self.version, &ids.bytes(), &cell.associated(), value)
    }
}

impl fmt::Debug for Sealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sealer(version {})", self.version)
    }
}

impl fmt::Debug for DataKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DataKey(version {})", self.version)
    }
}

/// The key version written in a sealed value.
pub(crate) fn version(sealed: &[u8]) -> Result<u16, SealFault> {
    match sealed {
        [SM4_GCM, high, low, rest @ ..] if rest.len() >= OVERHEAD - 3 => Ok(u16::from_be_bytes([*high, *low])),
        _ => Err(SealFault::Form),
    }
}

/// Seals `value` in the cells' layout.
pub(crate) fn seal(secret: &Secret, version: u16, nonce: &[u8; 12], associated: &[u8], value: &[u8]) -> Vec<u8> {
    seal_with(&cipher(secret), version, nonce, associated, value)
}

fn seal_with(cipher: &Sm4Gcm, version: u16, nonce: &[u8; 12], associated: &[u8], value: &[u8]) -> Vec<u8> {
    let mut sealed = Vec::with_capacity(value.len() + OVERHEAD);
    sealed.push(SM4_GCM);
    sealed.extend(version.to_be_bytes());
    sealed.extend(nonce);
    sealed.extend(value);
    let tag = cipher
        .encrypt_inout_detached(&Nonce::from(*nonce), associated, InOutBuf::from(&mut sealed[HEADER..]))
        .unwrap_or_else(|_| unreachable!("GCM takes values up to 64 GiB"));
    sealed.extend(tag);
    sealed
}

/// Opens what [`seal`] made; the version is the caller's to check.
pub(crate) fn open(secret: &Secret, associated: &[u8], sealed: &[u8]) -> Result<Vec<u8>, SealFault> {
    version(sealed)?;
    let (body, tag) = sealed.split_last_chunk::<TAG>().ok_or(SealFault::Form)?;
    let nonce: [u8; 12] = body[3..HEADER].try_into().map_err(|_| SealFault::Form)?;
    let mut value = body[HEADER..].to_vec();
    cipher(secret)
        .decrypt_inout_detached(&Nonce::from(nonce), associated, InOutBuf::from(value.as_mut_slice()), &Tag::from(*tag))
        .map_err(|_| SealFault::Tampered)?;
    Ok(value)
}

fn cipher(secret: &Secret) -> Sm4Gcm {
    Sm4Gcm::new(secret.reveal().into())
}

#[cfg(test)]
mod tests {
    use data_encoding::HEXUPPER;
    use proptest::prelude::*;

    use super::*;

    const ROW: Uuid = Uuid::from_u128(7);
    const PHONE: Cell<'_> = Cell::new("elders", "phone", ROW);

    fn hex(text: &str) -> Vec<u8> {
        HEXUPPER.decode(text.as_bytes()).unwrap()
    }

    fn key() -> (Ids, DataKey) {
        let ids = Ids::seeded(1);
        let key = DataKey::new(Secret::random(&ids), 1);
        (ids, key)
    }

    #[test]
    fn sm4_gcm_gives_the_vector_of_rfc_8998_appendix_a_1() {
        let secret = Secret::from_slice(&hex("0123456789ABCDEFFEDCBA9876543210")).unwrap();
        let nonce = hex("00001234567800000000ABCD").try_into().unwrap();
        let associated = hex("FEEDFACEDEADBEEFFEEDFACEDEADBEEFABADDAD2");
        let plain = hex("AAAAAAAAAAAAAAAABBBBBBBBBBBBBBBBCCCCCCCCCCCCCCCCDDDDDDDDDDDDDDDD\
             EEEEEEEEEEEEEEEEFFFFFFFFFFFFFFFFEEEEEEEEEEEEEEEEAAAAAAAAAAAAAAAA");
        let sealed = seal(&secret, 0x0203, &nonce, &associated, &plain);
        assert_eq!(sealed[..15], hex("01020300001234567800000000ABCD"));
        let text = HEXUPPER.encode(&sealed[15..]);
        assert_eq!(
            text,
            "17F399F08C67D5EE19D0DC9969C4BB7D5FD46FD3756489069157B282BB200735\
             D82710CA5C22F0CCFA7CBF93D496AC15A56834CBCF98C397B4024A2691233B8D\
             83DE3541E4C2B58177E065A9BF7B62EC"
        );
        assert_eq!(open(&secret, &associated, &sealed), Ok(plain));
    }

    #[test]
    fn a_sealed_value_opens_in_its_own_cell_only() {
        let (ids, key) = key();
        let sealed = key.seal(&ids, PHONE, b"13800138000");
        assert_eq!(key.open_text(PHONE, &sealed).as_deref(), Ok("13800138000"));
        for elsewhere in [
            Cell::new("elders", "landline", ROW),
            Cell::new("workers", "phone", ROW),
            Cell::new("elders", "phone", Uuid::from_u128(8)),
            Cell::new("elders.phone", "", ROW),
        ] {
            assert_eq!(key.open(elsewhere, &sealed), Err(SealFault::Tampered), "{elsewhere:?}");
        }
    }

    #[test]
    fn two_swapped_cells_are_both_refused() {
        let (ids, key) = key();
        let other = Cell::new("elders", "phone", Uuid::from_u128(9));
        let (mine, theirs) = (key.seal(&ids, PHONE, b"13800138000"), key.seal(&ids, other, b"13900139000"));
        assert_eq!(key.open(PHONE, &theirs), Err(SealFault::Tampered));
        assert_eq!(key.open(other, &mine), Err(SealFault::Tampered));
    }

    #[test]
    fn another_key_or_version_does_not_open() {
        let (ids, key) = key();
        let sealed = key.seal(&ids, PHONE, b"x");
        assert_eq!(DataKey::new(Secret::random(&ids), 1).open(PHONE, &sealed), Err(SealFault::Tampered));
        let newer = DataKey::new(key.secret().clone(), 2);
        assert_eq!(newer.open(PHONE, &sealed), Err(SealFault::Version { found: 1, given: 2 }));
    }

    #[test]
    fn the_same_value_never_seals_to_the_same_bytes() {
        let (ids, key) = key();
        assert_ne!(key.seal(&ids, PHONE, b"same"), key.seal(&ids, PHONE, b"same"));
    }

    #[test]
    fn a_key_does_not_show_itself() {
        let (ids, _) = key();
        let shown = format!("{:?} {:?}", Secret::random(&ids), DataKey::new(Secret::random(&ids), 3));
        assert_eq!(shown, "Secret(…) DataKey(version 3)");
    }

    proptest! {
        #[test]
        fn every_value_opens_again_and_every_changed_byte_is_noticed(
            value in proptest::collection::vec(any::<u8>(), 0..200), at in any::<prop::sample::Index>(), bit in 0..8_u8,
        ) {
            let (ids, key) = key();
            let mut sealed = key.seal(&ids, PHONE, &value);
            prop_assert_eq!(sealed.len(), value.len() + OVERHEAD);
            prop_assert_eq!(key.open(PHONE, &sealed), Ok(value));
            let at = at.index(sealed.len());
            sealed[at] ^= 1 << bit;
            prop_assert!(key.open(PHONE, &sealed).is_err());
        }

        #[test]
        fn no_bytes_make_the_opener_panic(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
            prop_assert!(key().1.open(PHONE, &bytes).is_err());
        }
    }
}
