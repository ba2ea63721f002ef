//! Random elements.

use brolga::Element;
use num_complex::Complex;

/// SplitMix64.
pub struct Source(pub u64);

impl Source {
    /// The next 64 bits.
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// Mostly numbers near 1, sometimes the edges of floating point.
    fn float(&mut self) -> f64 {
        const EDGES: [f64; 10] = [0.0, -0.0, f64::INFINITY, f64::NEG_INFINITY, f64::NAN, 1e-40, -1e300, 1.0, -1.0, 0.5];
        let n = self.next();
        if n.is_multiple_of(8) {
            EDGES[(n >> 32) as usize % EDGES.len()]
        } else {
            ((n >> 11) as f64 / (1u64 << 52) as f64 - 1.0) * 4.0
        }
    }
}

/// A type that random elements are made of.
pub trait Random: Element {
    fn random(source: &mut Source) -> Self;
}

macro_rules! random {
    ($($t:ty => |$source:ident| $make:expr;)+) => { $(impl Random for $t { fn random($source: &mut Source) -> $t { $make } })+ };
}

macro_rules! integers {
    ($($t:ty)+) => { $(impl Random for $t {
        fn random(source: &mut Source) -> $t {
            let n = source.next();
            match n % 8 { 0 => n as $t, 1 => <$t>::MIN, 2 => <$t>::MAX, _ => ((n >> 32) % 8) as $t }
        }
    })+ };
}

integers!(i8 i16 i32 i64 u8 u16 u32 u64);

random! {
    bool => |source| source.next() >> 63 == 1;
    half::f16 => |source| half::f16::from_f64(source.float());
    half::bf16 => |source| half::bf16::from_f64(source.float());
    f32 => |source| source.float() as f32;
    f64 => |source| source.float();
    Complex<f32> => |source| Complex::new(source.float() as f32, source.float() as f32);
    Complex<f64> => |source| Complex::new(source.float(), source.float());
}
