//! FarmHash `Fingerprint64`, the one that is the same on every platform. No I/O; cannot fail.
//!
//! Written here because the crate `farmhash` 1.1.5 hashes one block too many where the length is a multiple of 64
//! from 128 on (it loops while 64 bytes are left, the original until 1 to 64 are).

/// Prime multipliers of the original.
const K0: u64 = 0xc3a5_c85c_97cb_3127;
const K1: u64 = 0xb492_b66f_be98_f273;
const K2: u64 = 0x9ae1_6a3b_2f90_404f;

/// Returns the fingerprint of some bytes.
///
/// Source: `farmhashna::Hash64` in <https://github.com/google/farmhash/blob/master/src/farmhash.cc>.
pub fn fingerprint64(bytes: &[u8]) -> u64 {
    match bytes.len() {
        0..=16 => hash_to_16(bytes),
        17..=32 => hash_17_to_32(bytes),
        33..=64 => hash_33_to_64(bytes),
        _ => hash_over_64(bytes),
    }
}

fn hash_to_16(s: &[u8]) -> u64 {
    let len = s.len() as u64;
    let mul = K2.wrapping_add(len * 2);
    match s {
        [] => K2,
        [first, ..] if s.len() < 4 => {
            let y = u64::from(*first) + (u64::from(s[s.len() / 2]) << 8);
            let z = len + (u64::from(s[s.len() - 1]) << 2);
            shift_mix(y.wrapping_mul(K2) ^ z.wrapping_mul(K0)).wrapping_mul(K2)
        }
        _ if s.len() < 8 => mix(len + (fetch32(s, 0) << 3), fetch32(s, s.len() - 4), mul),
        _ => {
            let a = fetch64(s, 0).wrapping_add(K2);
            let b = fetch64(s, s.len() - 8);
            let c = b.rotate_right(37).wrapping_mul(mul).wrapping_add(a);
            let d = a.rotate_right(25).wrapping_add(b).wrapping_mul(mul);
            mix(c, d, mul)
        }
    }
}

fn hash_17_to_32(s: &[u8]) -> u64 {
    let mul = K2.wrapping_add(s.len() as u64 * 2);
    let a = fetch64(s, 0).wrapping_mul(K1);
    let b = fetch64(s, 8);
    let c = fetch64(s, s.len() - 8).wrapping_mul(mul);
    let d = fetch64(s, s.len() - 16).wrapping_mul(K2);
    mix(
        a.wrapping_add(b).rotate_right(43).wrapping_add(c.rotate_right(30)).wrapping_add(d),
        a.wrapping_add(b.wrapping_add(K2).rotate_right(18)).wrapping_add(c),
        mul,
    )
}

fn hash_33_to_64(s: &[u8]) -> u64 {
    let mul = K2.wrapping_add(s.len() as u64 * 2);
    let a = fetch64(s, 0).wrapping_mul(K2);
    let b = fetch64(s, 8);
    let c = fetch64(s, s.len() - 8).wrapping_mul(mul);
    let d = fetch64(s, s.len() - 16).wrapping_mul(K2);
    let y = a.wrapping_add(b).rotate_right(43).wrapping_add(c.rotate_right(30)).wrapping_add(d);
    let z = mix(y, a.wrapping_add(b.wrapping_add(K2).rotate_right(18)).wrapping_add(c), mul);
    let e = fetch64(s, 16).wrapping_mul(mul);
    let f = fetch64(s, 24);
    let g = y.wrapping_add(fetch64(s, s.len() - 32)).wrapping_mul(mul);
    let h = z.wrapping_add(fetch64(s, s.len() - 24)).wrapping_mul(mul);
    mix(
        e.wrapping_add(f).rotate_right(43).wrapping_add(g.rotate_right(30)).wrapping_add(h),
        e.wrapping_add(f.wrapping_add(a).rotate_right(18)).wrapping_add(g),
        mul,
    )
}

fn hash_over_64(s: &[u8]) -> u64 {
    const SEED: u64 = 81;
    let mut y = SEED.wrapping_mul(K1).wrapping_add(113);
    let mut z = shift_mix(y.wrapping_mul(K2).wrapping_add(113)).wrapping_mul(K2);
    let mut v = (0u64, 0u64);
    let mut w = (0u64, 0u64);
    let mut x = SEED.wrapping_mul(K2).wrapping_add(fetch64(s, 0));

    // All blocks of 64 bytes but the last, which may be whole: it is taken from the end below.
    let n_blocks = (s.len() - 1) / 64;
    for block in s.chunks_exact(64).take(n_blocks) {
        round(block, &mut x, &mut y, &mut z, &mut v, &mut w, K1, 1);
    }
    let mul = K1.wrapping_add((z & 0xff) << 1);
    w.0 = w.0.wrapping_add((s.len() as u64 - 1) & 63);
    v.0 = v.0.wrapping_add(w.0);
    w.0 = w.0.wrapping_add(v.0);
    round(&s[s.len() - 64..], &mut x, &mut y, &mut z, &mut v, &mut w, mul, 9);
    mix(
        mix(v.0, w.0, mul).wrapping_add(shift_mix(y).wrapping_mul(K0)).wrapping_add(z),
        mix(v.1, w.1, mul).wrapping_add(x),
        mul,
    )
}

#[expect(clippy::too_many_arguments, reason = "the original's state, under the original's names")]
fn round(
    s: &[u8],
    x: &mut u64,
    y: &mut u64,
    z: &mut u64,
    v: &mut (u64, u64),
    w: &mut (u64, u64),
    mul: u64,
    weight: u64,
) {
    *x = x.wrapping_add(*y).wrapping_add(v.0).wrapping_add(fetch64(s, 8)).rotate_right(37).wrapping_mul(mul);
    *y = y.wrapping_add(v.1).wrapping_add(fetch64(s, 48)).rotate_right(42).wrapping_mul(mul);
    *x ^= w.1.wrapping_mul(weight);
    *y = y.wrapping_add(v.0.wrapping_mul(weight)).wrapping_add(fetch64(s, 40));
    *z = z.wrapping_add(w.0).rotate_right(33).wrapping_mul(mul);
    *v = weak_hash_32(s, 0, v.1.wrapping_mul(mul), x.wrapping_add(w.0));
    *w = weak_hash_32(s, 32, z.wrapping_add(w.1), y.wrapping_add(fetch64(s, 16)));
    std::mem::swap(z, x);
}

/// Hashes 32 bytes from `at` on with two seeds: fast and weak.
fn weak_hash_32(s: &[u8], at: usize, a: u64, b: u64) -> (u64, u64) {
    let (w, x, y, z) = (fetch64(s, at), fetch64(s, at + 8), fetch64(s, at + 16), fetch64(s, at + 24));
    let a = a.wrapping_add(w);
    let b = b.wrapping_add(a).wrapping_add(z).rotate_right(21);
    let c = a;
    let a = a.wrapping_add(x).wrapping_add(y);
    let b = b.wrapping_add(a.rotate_right(44));
    (a.wrapping_add(z), b.wrapping_add(c))
}

/// `HashLen16` of the original.
fn mix(u: u64, v: u64, mul: u64) -> u64 {
    let a = shift_mix((u ^ v).wrapping_mul(mul));
    shift_mix((v ^ a).wrapping_mul(mul)).wrapping_mul(mul)
}

fn shift_mix(value: u64) -> u64 {
    value ^ (value >> 47)
}

/// Reads 8 bytes; callers derive `at` from the length, so that they are there.
fn fetch64(s: &[u8], at: usize) -> u64 {
    let mut word = [0; 8];
    word.copy_from_slice(&s[at..at + 8]);
    u64::from_le_bytes(word)
}

/// Reads 4 bytes; callers derive `at` from the length, so that they are there.
fn fetch32(s: &[u8], at: usize) -> u64 {
    let mut word = [0; 4];
    word.copy_from_slice(&s[at..at + 4]);
    u64::from(u32::from_le_bytes(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `bytes((i*i*7 + i*31 + 129) % 256 for i in range(400))`: every byte class, no period under 64.
    fn data() -> Vec<u8> {
        (0u64..400).map(|i| ((i * i * 7 + i * 31 + 129) % 256) as u8).collect()
    }

    /// Vectors: `farmhash.fingerprint64` of the PyPI package pyfarmhash 0.5.1, which wraps Google's C++ source.
    #[test]
    fn repeats_the_original_for_every_class_of_length() {
        let vectors: [(usize, u64); 26] = [
            (0, 0x9ae1_6a3b_2f90_404f),
            (1, 0xf7cc_297c_a78b_0ac5),
            (2, 0x1745_5404_9630_58d1),
            (3, 0x3b8b_1ab8_5685_06fb),
            (4, 0xe770_216e_5997_7e32),
            (7, 0x6874_01eb_c90c_730c),
            (8, 0x0759_7e57_3578_792c),
            (9, 0x5c1c_09d8_f349_3468),
            (15, 0xa00b_0076_969b_1f11),
            (16, 0x96b7_7a14_d90c_ce42),
            (17, 0x274c_0c27_176f_1450),
            (24, 0xa2a2_9c0b_95b6_5c5f),
            (31, 0x8c6d_24ff_c1de_418e),
            (32, 0x19aa_61d6_7d3a_d62e),
            (33, 0x4cdd_4a20_198f_92b9),
            (48, 0x6b88_85ec_c39c_4369),
            (63, 0x0e7c_98b9_eca3_4920),
            (64, 0x6cdd_db19_ad85_7033),
            (65, 0x1a92_eb58_da7c_4f52),
            (127, 0x2d17_d794_5ecc_a984),
            (128, 0x5c9e_22e1_f664_e2bb),
            (129, 0xb13d_7220_d1f5_e12d),
            (191, 0x1ae8_3dbe_85ef_bc8b),
            (192, 0xb8d4_f0ba_1acd_b395),
            (193, 0x7434_cf5a_9c5d_9248),
            (256, 0x5cde_3cdd_f2e7_d992),
        ];
        for (len, fingerprint) in vectors {
            assert_eq!(fingerprint64(&data()[..len]), fingerprint, "at {len} bytes");
        }
    }

    /// The fingerprints of all lengths under 400, folded as FNV-1 does; same source as above.
    #[test]
    fn repeats_the_original_for_every_length() {
        let fold = (0..400).fold(0u64, |fold, len| fold.wrapping_mul(0x100_0000_01b3) ^ fingerprint64(&data()[..len]));
        assert_eq!(fold, 0x5138_2657_493b_fa10);
    }

    /// Source: the example of `FARM_FINGERPRINT` in BigQuery's reference of hash functions.
    #[test]
    fn repeats_the_example_of_bigquery() {
        assert_eq!(fingerprint64(b"1footrue") as i64, -1_541_654_101_129_638_711);
        assert_eq!(fingerprint64(b"2applefalse") as i64, 2_794_438_866_806_483_259);
        assert_eq!(fingerprint64(b"3true") as i64, -4_880_158_226_897_771_312);
    }
}
