//! What a kernel's run costs, roughly: enough to decide whether threads are worth waking.

use crate::emit;
use crate::kernel::{Expr, Kernel, Mode, Scalar, Stmt};
use crate::pool;
use crate::scalar::{Binary, Unary};

/// Bytes from which on memory is what is waited for: fewer lie in the first cache.
const NEAR: u64 = 32 << 10;
/// Picoseconds of a byte beyond the first cache.
const BYTE: u64 = 10;
/// Picoseconds of a byte of a lane's simple word, and of its load or store.
const LANE: (u64, u64) = (3, 1);
/// The same of a turn by itself, whatever its size.
const TURN: (u64, u64) = (300, 300);
/// Simple words that a recipe is worth.
const RECIPE: u64 = 30;

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
    let cost = of(kernel);
    (cost >= pool::AWAKE && *extent > grain).then_some(Split { extent: *extent, grain, cost })
}

/// Picoseconds of a run on one thread.
pub fn of(kernel: &Kernel) -> u64 {
    let bytes = kernel.buffers.iter().map(|buffer| buffer.len.saturating_mul(buffer.dtype.size() as u64));
    let bytes = bytes.fold(0, u64::saturating_add);
    let memory = if bytes < NEAR { 0 } else { bytes.saturating_mul(BYTE) };
    block(kernel, &kernel.body, false).max(memory)
}

/// Picoseconds of a block.
fn block(kernel: &Kernel, body: &[Stmt], lanes: bool) -> u64 {
    body.iter().fold(0, |sum, stmt| statement(kernel, stmt, lanes).saturating_add(sum))
}

fn statement(kernel: &Kernel, stmt: &Stmt, lanes: bool) -> u64 {
    let priced = |size: usize| if lanes { (LANE.0 * size as u64, LANE.1 * size as u64) } else { TURN };
    match stmt {
        Stmt::Store(buffer, ..) => priced(kernel.buffers[buffer.0 as usize].dtype.size()).1,
        Stmt::Let(value, expr) => word(expr, priced(kernel.values[value.0 as usize].size())),
        Stmt::For { extent, mode, body, .. } => {
            extent.saturating_mul(block(kernel, body, *mode == Mode::Lanes).max(LANE.0))
        }
        Stmt::Fold { extent, body, .. } => extent.saturating_mul(block(kernel, body, true).max(LANE.0)),
    }
}

/// Picoseconds of a word, where a simple one and an access to memory take so many.
fn word(expr: &Expr, (simple, access): (u64, u64)) -> u64 {
    match expr {
        Expr::Load(..) => access,
        Expr::Scalar(Scalar::Unary(word, _)) if is_called(*word) => {
            if emit::is_recipe(*word) {
                RECIPE * simple
            } else {
                5_000
            }
        }
        Expr::Scalar(Scalar::Binary(Binary::Power | Binary::Atan2 | Binary::Remainder, ..)) => 10_000,
        Expr::Scalar(_) | Expr::Index(_) => simple,
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
