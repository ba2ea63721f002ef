//! What a kernel's run costs, roughly: enough to decide whether threads are worth waking.

use crate::emit;
use crate::kernel::{Expr, Kernel, Mode, Scalar, Stmt};
use crate::pool;
use crate::scalar::{Binary, Unary};

/// Bytes from which on it pays that another core moves half of them: fewer stay in the second cache of the one that
/// wrote them.
const FAR: u64 = 3 << 20;
/// Picoseconds of a byte from the third cache.
const BYTE: u64 = 12;

/// Picoseconds of a simple statement in a lane.
const LANE: u64 = 30;

/// How a kernel's outermost loop may be cut among threads.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Split {
    /// The extent of the loop.
    pub extent: u64,
    /// Parts are multiples of so many turns.
    grain: u64,
    /// Picoseconds of a run on one thread.
    cost: u64,
}

impl Split {
    /// Turns of each part but the last, for a run now; as many as there are where it is not worth cutting.
    pub fn turns(&self) -> u64 {
        let parts = (pool::parts(self.cost) as u64).min(self.extent / self.grain).max(1);
        self.extent.div_ceil(parts).next_multiple_of(self.grain)
    }

    /// How many parts of so many turns; less than a grain goes to the part before: lanes count on no shorter part.
    pub fn parts(&self, turns: u64) -> u64 {
        ((self.extent + turns - self.grain) / turns).max(1)
    }
}

/// Whether a run of a kernel is long enough to be shared among threads.
pub fn is_shared(kernel: &Kernel) -> bool {
    split(kernel).is_some()
}

/// How to cut a kernel's outermost loop; `None` where it never is: it has none whose turns are independent, or a run is
/// too short.
pub fn split(kernel: &Kernel) -> Option<Split> {
    let [Stmt::For { extent, mode, .. }] = kernel.body.as_slice() else { return None };
    let grain = match mode {
        Mode::Serial | Mode::While(_) => return None,
        Mode::Lanes => emit::GRAIN,
        Mode::Parallel => 1,
    };
    emit::splits(kernel)?;
    let bytes = kernel.buffers.iter().map(|buffer| buffer.len.saturating_mul(buffer.dtype.size() as u64));
    let bytes = bytes.fold(0, u64::saturating_add);
    let memory = if bytes < FAR { 0 } else { bytes.saturating_mul(BYTE) };
    let cost = block(&kernel.body, false).saturating_add(memory);
    (cost >= pool::AWAKE && *extent > grain).then_some(Split { extent: *extent, grain, cost })
}

/// Picoseconds of a block.
fn block(body: &[Stmt], lanes: bool) -> u64 {
    body.iter().fold(0, |sum, stmt| statement(stmt, lanes).saturating_add(sum))
}

fn statement(stmt: &Stmt, lanes: bool) -> u64 {
    let (simple, access) = if lanes { (LANE, 10) } else { (300, 300) };
    match stmt {
        Stmt::Let(_, Expr::Load(..)) | Stmt::Store(..) => access,
        Stmt::Let(_, Expr::Scalar(Scalar::Unary(word, _))) if is_called(*word) => {
            if emit::is_recipe(*word) {
                15 * simple
            } else {
                5_000
            }
        }
        Stmt::Let(_, Expr::Scalar(Scalar::Binary(Binary::Power | Binary::Atan2 | Binary::Remainder, ..))) => 10_000,
        Stmt::Let(..) => simple,
        Stmt::For { extent, mode, body, .. } => extent.saturating_mul(block(body, *mode == Mode::Lanes).max(simple)),
        Stmt::Fold { extent, body, .. } => extent.saturating_mul(block(body, true).max(LANE)),
    }
}

fn is_called(word: Unary) -> bool {
    !matches!(
        word,
        Unary::Abs
            | Unary::Negate
            | Unary::Not
            | Unary::Sign
            | Unary::Sqrt
            | Unary::Rsqrt
            | Unary::Ceil
            | Unary::Floor
            | Unary::RoundNearestEven
            | Unary::Real
            | Unary::Imag
            | Unary::IsFinite
            | Unary::Popcnt
            | Unary::CountLeadingZeros
    )
}
