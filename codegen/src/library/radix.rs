//! Sorting by digits: numbers of a few bytes are put in order, digit by digit, without being compared.

#[cfg(target_arch = "x86_64")]
use super::network;

/// A number that is sorted by some of its bits.
pub(super) trait Digits: Copy + Default + Ord {
    /// Its bits from `shift` on, the lowest ones.
    fn digit(self, shift: u32) -> usize;
    /// Puts a few numbers in ascending order.
    fn sort_few(items: &mut [Self]);
}

macro_rules! digits {
    ($($t:ident $network:ident),+) => { $(
        impl Digits for $t {
            #[inline(always)]
            fn digit(self, shift: u32) -> usize {
                (self >> shift) as usize
            }
            fn sort_few(items: &mut [$t]) {
                #[cfg(target_arch = "x86_64")]
                if (NETWORK..=network::MOST).contains(&size_of_val(items)) && network::is_there() {
                    // SAFETY: the processor has what the function was compiled for.
                    return unsafe { network::$network(items) };
                }
                items.sort_unstable();
            }
        }
    )+ };
}

digits!(u32 sort_32, u64 sort_64);

/// Bytes from which on numbers go through a network.
#[cfg(target_arch = "x86_64")]
const NETWORK: usize = 256;

/// From so many numbers on, longer digits (and so fewer rounds) are worth their larger tables.
const MANY: usize = 1 << 14;

/// So few numbers are sooner compared than counted.
const FEW: usize = 1 << 11;

/// Puts numbers in ascending order of the `bits` bits from `first` on. `spare` is as long as `items`. Law: there are no
/// bits above these, and those below rise along `items`; so numbers that are equal here keep their order.
pub(super) fn sort<K: Digits>(items: &mut [K], spare: &mut [K], first: u32, bits: u32) {
    if items.len() < FEW {
        K::sort_few(items);
    } else if items.len() < MANY {
        by_digits::<K, 8, 256>(items, spare, first, bits);
    } else {
        by_digits::<K, 11, 2048>(items, spare, first, bits);
    }
}

fn by_digits<K: Digits, const BITS: u32, const VALUES: usize>(items: &mut [K], spare: &mut [K], first: u32, bits: u32) {
    let (mut from, mut to) = (items, spare);
    let mut turned = false;
    let mut counts = [[0u32; VALUES]; 8];
    let rounds = bits.div_ceil(BITS) as usize;
    let mask = |round: usize| (1usize << BITS.min(bits - round as u32 * BITS)) - 1;
    let shift = |round: usize| first + round as u32 * BITS;
    for &x in from.iter() {
        for (round, counts) in counts[..rounds].iter_mut().enumerate() {
            counts[x.digit(shift(round)) & mask(round)] += 1;
        }
    }
    for (round, places) in counts[..rounds].iter_mut().enumerate() {
        let (shift, mask) = (shift(round), mask(round));
        if from.first().is_none_or(|x| places[x.digit(shift) & mask] as usize == from.len()) {
            continue;
        }
        let mut sum = 0;
        for place in places.iter_mut() {
            sum += std::mem::replace(place, sum);
        }
        for &x in from.iter() {
            let place = &mut places[x.digit(shift) & mask & (VALUES - 1)];
            to[*place as usize] = x;
            *place += 1;
        }
        std::mem::swap(&mut from, &mut to);
        turned = !turned;
    }
    if turned {
        to.copy_from_slice(from);
    }
}
