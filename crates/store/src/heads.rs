//! Signed heads of the journal's chains, kept outside the platform: who recomputes a whole chain cannot recompute
//! these. A file of heads is text, one line each: a title, when it was made, `HOME SEQ HASH` of each chain in order, and
//! the SM2 signature (GB/T 32918.2) of all that stands before it.

use std::{fmt, fmt::Write as _};

use data_encoding::HEXLOWER;
use hmac::{Hmac, KeyInit, Mac};
use kernel::{Home, Ids, Instant, Result, refusals};
use sm2::dsa::{
    Signature, SigningKey, VerifyingKey,
    signature::{Signer, Verifier},
};
use sm3::Sm3;
use zeroize::Zeroizing;

use crate::journal::Head;

/// The identity that SM2 signatures carry when none was agreed (GM/T 0009-2012, clause 10).
const IDENTITY: &str = "1234567812345678";
const TITLE: &str = "sangyu heads 1";

refusals! {
    /// Why a file of heads is not believed.
    pub enum Refusal {
        /// Not a file of heads.
        NoHeads { line: usize } => (Invalid, "heads.unreadable", "这不是链头文件，或者第 {line} 行已损坏"),
        /// Signed by another key, or changed after it was signed.
        BadSignature => (Conflict, "heads.bad_signature", "链头文件的签名不对：文件被改过，或者不是本节点签的"),
        /// Not a public key.
        NoPublicKey => (Invalid, "heads.no_public_key", "这不是 SM2 公钥（应为十六进制的 130 个字符）"),
    }
}

/// Seals the head of each chain where it stands: HMAC-SM3 (GB/T 15852.2) over home, number and link, under a key that comes
/// from the root file and is in no database. A chain that was cut or made anew without it has no right seal.
#[derive(Clone)]
pub struct HeadSeal(Zeroizing<Vec<u8>>);

impl HeadSeal {
    /// The seal of a head, 32 bytes.
    #[must_use]
    pub fn of(&self, head: &Head) -> Vec<u8> {
        self.mac(head).finalize().into_bytes().to_vec()
    }

    /// Whether a head bears its seal.
    #[must_use]
    pub fn is_on(&self, head: &Head, seal: &[u8]) -> bool {
        self.mac(head).verify_slice(seal).is_ok()
    }

    fn mac(&self, head: &Head) -> Hmac<Sm3> {
        let Ok(mac) = Hmac::<Sm3>::new_from_slice(&self.0) else { unreachable!("HMAC takes keys of any length") };
        mac.chain_update(head.home.number().to_be_bytes()).chain_update(head.seq.to_be_bytes()).chain_update(head.hash)
    }
}

impl fmt::Debug for HeadSeal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HeadSeal(…)")
    }
}

/// A node's key for signing heads; kept with the root key.
#[derive(Clone)]
pub struct NodeKey(SigningKey);

/// The public half of a [`NodeKey`]: safe to print and to keep with the heads.
#[derive(Clone, Debug)]
pub struct NodePublicKey(VerifyingKey);

impl NodeKey {
    /// A new key.
    #[must_use]
    pub fn random(ids: &Ids) -> Self {
        loop {
            // All but about one in 2³² draws are below the order of the curve.
            let drawn = Zeroizing::new(ids.bytes::<32>());
            if let Some(key) = Self::from_slice(&*drawn) {
                return key;
            }
        }
    }

    /// The key in these 32 bytes; none when they are out of range.
    #[must_use]
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        (bytes.len() == 32).then(|| SigningKey::from_slice(IDENTITY, bytes).ok().map(Self))?
    }

    /// The secret bytes, for the root file only.
    pub(crate) fn reveal(&self) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(self.0.to_bytes().into())
    }

    /// The key that seals heads, derived from this one.
    #[must_use]
    pub fn head_seal(&self) -> HeadSeal {
        let Ok(mac) = Hmac::<Sm3>::new_from_slice(&*self.reveal()) else {
            unreachable!("HMAC takes keys of any length")
        };
        HeadSeal(Zeroizing::new(mac.chain_update(b"sangyu journal heads").finalize().into_bytes().to_vec()))
    }

    /// The public half.
    #[must_use]
    pub fn public(&self) -> NodePublicKey {
        NodePublicKey(self.0.verifying_key().clone())
    }

    /// The signed text of heads, in the order of their homes.
    #[must_use]
    pub fn sign(&self, heads: &[Head], at: Instant) -> String {
        let mut heads = heads.to_vec();
        heads.sort_unstable_by_key(|head| head.home);
        let mut text = format!("{TITLE}\nat {}\n", at.timestamp_micros());
        for head in heads {
            // Writing to a String does not fail.
            let _ = writeln!(text, "{} {} {}", head.home.number(), head.seq, HEXLOWER.encode(&head.hash));
        }
        let signature: Signature = self.0.sign(text.as_bytes());
        let _ = writeln!(text, "signature {}", HEXLOWER.encode(&signature.to_bytes()));
        text
    }
}

impl fmt::Debug for NodeKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NodeKey(…)")
    }
}

impl NodePublicKey {
    /// Reads what `Display` shows: the uncompressed point in hexadecimal, 130 characters.
    ///
    /// # Errors
    /// [`Refusal::NoPublicKey`].
    pub fn parse(text: &str) -> Result<Self> {
        let bytes = HEXLOWER.decode(text.trim().to_ascii_lowercase().as_bytes()).map_err(|_| Refusal::NoPublicKey)?;
        let key = VerifyingKey::from_sec1_bytes(IDENTITY, &bytes).map_err(|_| Refusal::NoPublicKey)?;
        Ok(Self(key))
    }

    /// The heads of a signed text and when it was made, if this key's owner signed exactly this text.
    ///
    /// # Errors
    /// [`Refusal::NoHeads`], [`Refusal::BadSignature`].
    pub fn verify(&self, text: &str) -> Result<(Vec<Head>, Instant)> {
        let lines = text.lines().count();
        let (signed, signature) = text.rsplit_once("signature ").ok_or(Refusal::NoHeads { line: lines })?;
        let signature =
            HEXLOWER.decode(signature.trim_end().as_bytes()).map_err(|_| Refusal::NoHeads { line: lines })?;
        let signature = Signature::from_slice(&signature).map_err(|_| Refusal::BadSignature)?;
        self.0.verify(signed.as_bytes(), &signature).map_err(|_| Refusal::BadSignature)?;
        read(signed)
    }
}

impl fmt::Display for NodePublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&HEXLOWER.encode(&self.0.to_sec1_bytes()))
    }
}

fn read(signed: &str) -> Result<(Vec<Head>, Instant)> {
    let mut lines = signed.lines();
    if lines.next() != Some(TITLE) {
        return Err(Refusal::NoHeads { line: 1 }.into());
    }
    let at =
        lines.next().and_then(|line| line.strip_prefix("at ")?.parse().ok()).and_then(Instant::from_timestamp_micros);
    let at = at.ok_or(Refusal::NoHeads { line: 2 })?;
    let heads = lines.enumerate().map(|(n, line)| head(line).ok_or(Refusal::NoHeads { line: n + 3 }));
    Ok((heads.collect::<Result<_, _>>()?, at))
}

fn head(line: &str) -> Option<Head> {
    let mut words = line.split(' ');
    let home = Home::new(words.next()?.parse().ok()?).ok()?;
    let seq = words.next()?.parse().ok()?;
    let hash = HEXLOWER.decode(words.next()?.as_bytes()).ok()?.try_into().ok()?;
    words.next().is_none().then_some(Head { home, seq, hash })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signed() -> (NodeKey, Vec<Head>, Instant, String) {
        let key = NodeKey::random(&Ids::seeded(3));
        let head = |home, seq| Head { home: Home::new(home).unwrap(), seq, hash: [seq as u8; 32] };
        let heads = vec![head(411_002, 7), head(411_003, 900)];
        let at = "2026-11-21T16:00:00Z".parse().unwrap();
        let text = key.sign(&[heads[1], heads[0]], at);
        (key, heads, at, text)
    }

    #[test]
    fn signed_heads_are_read_back_with_the_public_key() {
        let (key, heads, at, text) = signed();
        let public = NodePublicKey::parse(&key.public().to_string()).unwrap();
        assert_eq!(public.verify(&text).unwrap(), (heads, at));
    }

    #[test]
    fn a_changed_head_another_order_or_another_key_is_not_believed() {
        let (key, _, _, text) = signed();
        let lines: Vec<&str> = text.lines().collect();
        let swapped = [lines[0], lines[1], lines[3], lines[2], lines[4]].join("\n");
        let cut = [lines[0], lines[1], lines[2], lines[4]].join("\n");
        for changed in [text.replace("411002 7", "411002 6"), text.replace("at 17", "at 18"), swapped, cut] {
            assert_ne!(changed, text);
            assert_eq!(key.public().verify(&changed).unwrap_err().code(), Some("heads.bad_signature"));
        }
        let other = NodeKey::random(&Ids::seeded(4)).public();
        assert_eq!(other.verify(&text).unwrap_err().code(), Some("heads.bad_signature"));
    }

    #[test]
    fn a_file_of_something_else_is_refused_without_panic() {
        let (key, ..) = signed();
        for text in ["", "signature ", "hello\nsignature 00", "signature zz"] {
            assert!(key.public().verify(text).is_err(), "{text}");
        }
        assert_eq!(NodePublicKey::parse("04ff").unwrap_err().code(), Some("heads.no_public_key"));
    }

    #[test]
    fn the_signature_of_gb_t_32918_5_appendix_a_verifies() {
        let public = NodePublicKey::parse(
            "0409F9DF311E5421A150DD7D161E4BC5C672179FAD1833FC076BB08FF356F35020\
             CCEA490CE26775A52DC6EA718CC1AA600AED05FBF35E084A6632F6072DA9AD13",
        );
        let signature = "f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3\
                         b1b6aa29df212fd8763182bc0d421ca1bb9038fd1f7f42d4840b69c485bbc1aa";
        let signature = Signature::from_slice(&HEXLOWER.decode(signature.as_bytes()).unwrap()).unwrap();
        assert!(public.unwrap().0.verify(b"message digest", &signature).is_ok());
    }

    #[test]
    fn an_empty_platform_has_signed_heads_too() {
        let (key, .., at, _) = signed();
        assert_eq!(key.public().verify(&key.sign(&[], at)).unwrap(), (vec![], at));
    }
}
