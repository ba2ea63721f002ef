//! What a kernel's run costs, roughly: enough to decide whether threads are worth waking.

use crate::emit;
use crate::kernel::{Expr, Kernel, Mode, Scalar, Stmt};
use crate::pool;
use crate::scalar::{Binary, Unary};

/// Parts are at least this long, in picoseconds: waking a thread costs some 10 µs.
const PART: u64 = 20_000_000;

/// How a kernel's outermost loop is cut among threads.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Split {
    /// The extent of the loop.
    pub extent: u64,
    /// Turns of each part but the last.
    pub turns: u64,
    /// How many parts.
    pub parts: u64,
}

/// How to cut a kernel's outermost loop; `None` where it is not cut: it has none whose turns are independent, or a run is
/// too short.
pub fn split(kernel: &Kernel) -> Option<Split> {
    let [Stmt::For { extent, mode, .. }] = kernel.body.as_slice() else { return None };
    let grain = match mode {
        Mode::Serial | Mode::While(_) => return None,
        Mode::Lanes => emit::GRAIN,
        Mode::Parallel => 1,
    };
    emit::splits(kernel)?;
    let total = block(&kernel.body, false);
    if total < 2 * PART {
        return None;
    }
    let parts = (total / PART).min(2 * pool::threads() as u64).min(extent / grain);
    let turns = extent.div_ceil(parts.max(1)).next_multiple_of(grain);
    // Less than a grain goes to the part before: lanes count on no shorter part.
    let parts = (extent + turns - grain) / turns;
    (parts > 1).then_some(Split { extent: *extent, turns, parts })
}

/// Picoseconds of a block.
fn block(body: &[Stmt], lanes: bool) -> u64 {
    body.iter().fold(0, |sum, stmt| statement(stmt, lanes).saturating_add(sum))
}

fn statement(stmt: &Stmt, lanes: bool) -> u64 {
    let simple = if lanes { 50 } else { 300 };
    match stmt {
        Stmt::Let(_, Expr::Scalar(Scalar::Unary(word, _))) if is_called(*word) => {
            if emit::is_recipe(*word, 4) {
                20 * simple
            } else {
                5_000
            }
        }
        Stmt::Let(_, Expr::Scalar(Scalar::Binary(Binary::Power | Binary::Atan2 | Binary::Remainder, ..))) => 10_000,
        Stmt::Let(..) | Stmt::Store(..) => simple,
        Stmt::For { extent, mode, body, .. } => extent.saturating_mul(block(body, *mode == Mode::Lanes).max(simple)),
        Stmt::Fold { extent, body, .. } => extent.saturating_mul(block(body, true).max(simple)),
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
