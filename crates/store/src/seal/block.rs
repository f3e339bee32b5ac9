//! SM4 (GB/T 32907), encrypting only, four blocks side by side: in counter mode the blocks do not wait for one another, so
//! a processor looks up the substitutions of four at a time. Sealing is a sixth of an import otherwise.
//!
//! The substitution and the linear step are one table of 1 KB; a test holds it against the `sm4` crate.

use sm4::cipher::{
    Block, BlockCipherEncBackend, BlockCipherEncClosure, BlockCipherEncrypt, BlockSizeUser, InOut, InOutBuf, Key,
    KeyInit, KeySizeUser, ParBlocks, ParBlocksSizeUser,
    consts::{U4, U16},
};
use zeroize::Zeroize;

/// Rounds of a block, each with a key of its own.
const ROUNDS: usize = 32;

/// Blocks side by side.
const ABREAST: usize = 4;

/// The substitution box.
#[rustfmt::skip]
const SUBSTITUTES: [u8; 256] = [
    0xd6, 0x90, 0xe9, 0xfe, 0xcc, 0xe1, 0x3d, 0xb7, 0x16, 0xb6, 0x14, 0xc2, 0x28, 0xfb, 0x2c, 0x05,
    0x2b, 0x67, 0x9a, 0x76, 0x2a, 0xbe, 0x04, 0xc3, 0xaa, 0x44, 0x13, 0x26, 0x49, 0x86, 0x06, 0x99,
    0x9c, 0x42, 0x50, 0xf4, 0x91, 0xef, 0x98, 0x7a, 0x33, 0x54, 0x0b, 0x43, 0xed, 0xcf, 0xac, 0x62,
    0xe4, 0xb3, 0x1c, 0xa9, 0xc9, 0x08, 0xe8, 0x95, 0x80, 0xdf, 0x94, 0xfa, 0x75, 0x8f, 0x3f, 0xa6,
    0x47, 0x07, 0xa7, 0xfc, 0xf3, 0x73, 0x17, 0xba, 0x83, 0x59, 0x3c, 0x19, 0xe6, 0x85, 0x4f, 0xa8,
    0x68, 0x6b, 0x81, 0xb2, 0x71, 0x64, 0xda, 0x8b, 0xf8, 0xeb, 0x0f, 0x4b, 0x70, 0x56, 0x9d, 0x35,
    0x1e, 0x24, 0x0e, 0x5e, 0x63, 0x58, 0xd1, 0xa2, 0x25, 0x22, 0x7c, 0x3b, 0x01, 0x21, 0x78, 0x87,
    0xd4, 0x00, 0x46, 0x57, 0x9f, 0xd3, 0x27, 0x52, 0x4c, 0x36, 0x02, 0xe7, 0xa0, 0xc4, 0xc8, 0x9e,
    0xea, 0xbf, 0x8a, 0xd2, 0x40, 0xc7, 0x38, 0xb5, 0xa3, 0xf7, 0xf2, 0xce, 0xf9, 0x61, 0x15, 0xa1,
    0xe0, 0xae, 0x5d, 0xa4, 0x9b, 0x34, 0x1a, 0x55, 0xad, 0x93, 0x32, 0x30, 0xf5, 0x8c, 0xb1, 0xe3,
    0x1d, 0xf6, 0xe2, 0x2e, 0x82, 0x66, 0xca, 0x60, 0xc0, 0x29, 0x23, 0xab, 0x0d, 0x53, 0x4e, 0x6f,
    0xd5, 0xdb, 0x37, 0x45, 0xde, 0xfd, 0x8e, 0x2f, 0x03, 0xff, 0x6a, 0x72, 0x6d, 0x6c, 0x5b, 0x51,
    0x8d, 0x1b, 0xaf, 0x92, 0xbb, 0xdd, 0xbc, 0x7f, 0x11, 0xd9, 0x5c, 0x41, 0x1f, 0x10, 0x5a, 0xd8,
    0x0a, 0xc1, 0x31, 0x88, 0xa5, 0xcd, 0x7b, 0xbd, 0x2d, 0x74, 0xd0, 0x12, 0xb8, 0xe5, 0xb4, 0xb0,
    0x89, 0x69, 0x97, 0x4a, 0x0c, 0x96, 0x77, 0x7e, 0x65, 0xb9, 0xf1, 0x09, 0xc5, 0x6e, 0xc6, 0x84,
    0x18, 0xf0, 0x7d, 0xec, 0x3a, 0xdc, 0x4d, 0x20, 0x79, 0xee, 0x5f, 0x3e, 0xd7, 0xcb, 0x39, 0x48,
];

/// The constants that the key is mixed with at first.
const SYSTEM: [u32; 4] = [0xa3b1_bac6, 0x56aa_3350, 0x677d_9197, 0xb270_22dc];

/// What a round does to the highest byte of a word; lower bytes are the same, turned.
const OF_ROUND: [u32; 256] = table(&[2, 10, 18, 24]);

/// What a step of the key schedule does to the highest byte of a word.
const OF_KEY: [u32; 256] = table(&[13, 23]);

/// Substitutes the highest byte, and adds it turned left by each of `turns`.
const fn table(turns: &[u32]) -> [u32; 256] {
    let mut table = [0; 256];
    let mut at = 0;
    while at < table.len() {
        let substitute = (SUBSTITUTES[at] as u32) << 24;
        let (mut sum, mut turn) = (substitute, 0);
        while turn < turns.len() {
            sum ^= substitute.rotate_left(turns[turn]);
            turn += 1;
        }
        table[at] = sum;
        at += 1;
    }
    table
}

#[inline(always)]
fn mix(table: &[u32; 256], word: u32) -> u32 {
    let [a, b, c, d] = word.to_be_bytes();
    let (a, b) = (table[usize::from(a)], table[usize::from(b)].rotate_right(8));
    let (c, d) = (table[usize::from(c)].rotate_right(16), table[usize::from(d)].rotate_right(24));
    a ^ b ^ c ^ d
}

/// SM4 with a key; the round keys are wiped when it is dropped.
pub(super) struct Sm4([u32; ROUNDS]);

impl Sm4 {
    /// Encrypts `N` blocks side by side. Plain loops: closures over arrays are not always inlined, and cost more than the
    /// rounds then.
    #[expect(clippy::needless_range_loop, reason = "four words of one block take part in each step")]
    #[inline(always)]
    fn encrypt<const N: usize>(&self, blocks: &mut [Block<Self>; N]) {
        let mut words = [[0; N]; 4];
        for n in 0..N {
            for (at, bytes) in blocks[n].as_chunks().0.iter().enumerate() {
                words[at % 4][n] = u32::from_be_bytes(*bytes);
            }
        }
        for keys in self.0.as_chunks::<4>().0 {
            for at in 0..4 {
                for n in 0..N {
                    let mixed = words[(at + 1) % 4][n] ^ words[(at + 2) % 4][n] ^ words[(at + 3) % 4][n] ^ keys[at];
                    words[at][n] ^= mix(&OF_ROUND, mixed);
                }
            }
        }
        for n in 0..N {
            for (at, bytes) in blocks[n].as_chunks_mut().0.iter_mut().enumerate() {
                *bytes = words[3 - at % 4][n].to_be_bytes();
            }
        }
    }
}

impl KeySizeUser for Sm4 {
    type KeySize = U16;
}

impl BlockSizeUser for Sm4 {
    type BlockSize = U16;
}

impl ParBlocksSizeUser for Sm4 {
    type ParBlocksSize = U4;
}

impl KeyInit for Sm4 {
    fn new(key: &Key<Self>) -> Self {
        let mut words = SYSTEM;
        for (word, bytes) in words.iter_mut().zip(key.as_chunks().0) {
            *word ^= u32::from_be_bytes(*bytes);
        }
        let mut keys = [0; ROUNDS];
        for (round, key) in (0_u32..).zip(&mut keys) {
            // The constant of a round: four bytes, seven apart, counted on through all rounds.
            let first = (round as u8).wrapping_mul(28);
            let constant = u32::from_be_bytes([0, 7, 14, 21].map(|n: u8| first.wrapping_add(n)));
            let at = round as usize % 4;
            let mixed = words[(at + 1) % 4] ^ words[(at + 2) % 4] ^ words[(at + 3) % 4] ^ constant;
            words[at] ^= mix(&OF_KEY, mixed);
            *key = words[at];
        }
        words.zeroize();
        Self(keys)
    }
}

impl Drop for Sm4 {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl BlockCipherEncrypt for Sm4 {
    #[inline]
    fn encrypt_with_backend(&self, f: impl BlockCipherEncClosure<BlockSize = Self::BlockSize>) {
        f.call(self);
    }
}

impl BlockCipherEncBackend for Sm4 {
    #[inline]
    fn encrypt_block(&self, mut block: InOut<'_, '_, Block<Self>>) {
        let mut one = [*block.get_in()];
        self.encrypt(&mut one);
        *block.get_out() = one[0];
    }

    #[inline]
    fn encrypt_par_blocks(&self, mut blocks: InOut<'_, '_, ParBlocks<Self>>) {
        let mut four = blocks.get_in().0;
        self.encrypt(&mut four);
        blocks.get_out().0 = four;
    }

    /// Fewer than four: two or three cost as little as four.
    #[inline]
    fn encrypt_tail_blocks(&self, mut blocks: InOutBuf<'_, '_, Block<Self>>) {
        if let [only] = blocks.get_in() {
            let mut one = [*only];
            self.encrypt(&mut one);
            blocks.get_out().copy_from_slice(&one);
            return;
        }
        let (mut four, count) = ([Block::<Self>::default(); ABREAST], blocks.len());
        four[..count].copy_from_slice(blocks.get_in());
        self.encrypt(&mut four);
        blocks.get_out().copy_from_slice(&four[..count]);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_block_of_gb_t_32907_appendix_a_comes_out() {
        let text: [u8; 16] = 0x0123_4567_89ab_cdef_fedc_ba98_7654_3210_u128.to_be_bytes();
        let mut block = text.into();
        BlockCipherEncrypt::encrypt_block(&Sm4::new(&text.into()), &mut block);
        assert_eq!(block.0, 0x681e_df34_d206_965e_86b3_e94f_536e_4246_u128.to_be_bytes());
    }

    proptest! {
        #[test]
        fn any_number_of_blocks_is_encrypted_as_the_sm4_crate_does(
            key in any::<[u8; 16]>(), blocks in proptest::collection::vec(any::<[u8; 16]>(), 0..14),
        ) {
            let mut ours: Vec<Block<Sm4>> = blocks.iter().map(|block| (*block).into()).collect();
            let mut theirs = ours.clone();
            Sm4::new(&key.into()).encrypt_blocks(&mut ours);
            sm4::Sm4::new(&key.into()).encrypt_blocks(&mut theirs);
            prop_assert_eq!(ours, theirs);
        }
    }
}
