//! Tensor types: an element type and a shape, of which dimensions and even the rank may be unknown.

use brolga_codegen::DType;
pub use brolga_codegen::attributes::Axes;
use smallvec::SmallVec;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

/// One extent; `None` is unknown until the program runs.
pub type Dim = Option<usize>;

/// The extents of a tensor, as far as they are known.
#[derive(PartialEq, Eq, Hash, Debug)]
pub enum Shape {
    /// Not even the rank is known: `tensor<*xf32>`.
    Unranked,
    /// The rank is known, each extent may be: `tensor<2x?xf32>`.
    Ranked(SmallVec<[Dim; 4]>),
}

impl Clone for Shape {
    /// As derived, but copied as one piece: eager ops clone shapes all the time.
    fn clone(&self) -> Shape {
        match self {
            Shape::Unranked => Shape::Unranked,
            Shape::Ranked(dims) => Shape::Ranked(SmallVec::from_slice(dims)),
        }
    }
}

impl Shape {
    /// A shape all of whose extents are known.
    pub fn of(extents: &[usize]) -> Shape {
        let mut dims = SmallVec::with_capacity(extents.len());
        for &extent in extents {
            dims.push(Some(extent));
        }
        Shape::Ranked(dims)
    }

    /// The number of axes, where known.
    pub fn rank(&self) -> Option<usize> {
        self.dims().map(<[Dim]>::len)
    }

    /// The extents, where the rank is known.
    pub fn dims(&self) -> Option<&[Dim]> {
        match self {
            Shape::Unranked => None,
            Shape::Ranked(dims) => Some(dims),
        }
    }

    /// The extents, where all are known.
    pub fn extents(&self) -> Option<Axes> {
        let dims = self.dims()?;
        let mut extents = Axes::with_capacity(dims.len());
        for &dim in dims {
            extents.push(dim?);
        }
        Some(extents)
    }

    /// Whether one shape can describe the same tensor as the other.
    pub fn compatible(&self, other: &Shape) -> bool {
        match (self.dims(), other.dims()) {
            (Some(a), Some(b)) => {
                a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.is_none() || b.is_none() || a == b)
            }
            (None, _) | (_, None) => true,
        }
    }

    /// What both shapes together say; `None` where they contradict each other.
    pub fn meet(&self, other: &Shape) -> Option<Shape> {
        match (self.dims(), other.dims()) {
            (Some(a), Some(b)) if self.compatible(other) => {
                Some(Shape::Ranked(a.iter().zip(b).map(|(a, b)| a.or(*b)).collect()))
            }
            (Some(_), Some(_)) => None,
            (None, _) => Some(other.clone()),
            (_, None) => Some(self.clone()),
        }
    }
}

/// The type of a tensor.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct TensorType {
    /// Type of the elements.
    pub dtype: DType,
    /// The extents, as far as they are known.
    pub shape: Shape,
}

impl TensorType {
    /// The type of a tensor with known extents.
    pub fn of(dtype: DType, extents: &[usize]) -> TensorType {
        TensorType { dtype, shape: Shape::of(extents) }
    }

    /// The type of a scalar.
    pub fn scalar(dtype: DType) -> TensorType {
        TensorType::of(dtype, &[])
    }

    /// The type of a tensor of which only the element type is known.
    pub fn unranked(dtype: DType) -> TensorType {
        TensorType { dtype, shape: Shape::Unranked }
    }

    /// The number of axes, where known.
    pub fn rank(&self) -> Option<usize> {
        self.shape.rank()
    }

    /// The extents, where all are known.
    pub fn extents(&self) -> Option<Axes> {
        self.shape.extents()
    }

    /// The element count, where known; `None` too where it overflows (see [`TensorType::check`]).
    pub fn count(&self) -> Option<usize> {
        self.extents().and_then(|extents| count(&extents))
    }

    /// The same shape with another element type.
    pub fn with_dtype(&self, dtype: DType) -> TensorType {
        TensorType { dtype, shape: self.shape.clone() }
    }

    /// Whether one type can describe the same tensor as the other.
    pub fn compatible(&self, other: &TensorType) -> bool {
        self.dtype == other.dtype && self.shape.compatible(&other.shape)
    }

    /// An error where the elements could not be counted or addressed, whatever the unknown extents turn out to be.
    pub fn check(&self) -> Result<(), TooLarge> {
        let known: Axes = self.shape.dims().unwrap_or(&[]).iter().map(|dim| dim.unwrap_or(0)).collect();
        bytes(self.dtype, &known).map(|_| ())
    }
}

impl fmt::Display for TensorType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("tensor<")?;
        match &self.shape {
            Shape::Unranked => f.write_str("*x")?,
            Shape::Ranked(dims) => {
                for dim in dims {
                    match dim {
                        Some(n) => write!(f, "{n}x")?,
                        None => f.write_str("?x")?,
                    }
                }
            }
        }
        write!(f, "{}>", self.dtype)
    }
}

/// A tensor too large to count, to address or to hold.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum TooLarge {
    /// The byte count overflows.
    #[error("`{}` has more bytes than can be addressed", TensorType::of(*dtype, shape))]
    Unaddressable {
        /// Type of the elements.
        dtype: DType,
        /// The extents.
        shape: Axes,
    },
    /// The byte count is over the limit.
    #[error("`{}` needs {bytes} bytes, over the limit of {limit} bytes\n  help: a larger limit can be set with `set_memory_limit`", TensorType::of(*dtype, shape))]
    OverLimit {
        /// Type of the elements.
        dtype: DType,
        /// The extents.
        shape: Axes,
        /// Bytes needed.
        bytes: u64,
        /// Bytes allowed.
        limit: u64,
    },
    /// The system had no memory left.
    #[error("{bytes} bytes could not be allocated")]
    OutOfMemory {
        /// Bytes asked for.
        bytes: u64,
    },
}

/// The product of extents, where it does not overflow. An extent of 0 makes 0 whatever the others.
pub fn count(extents: &[usize]) -> Option<usize> {
    if extents.contains(&0) {
        return Some(0);
    }
    extents.iter().try_fold(1usize, |n, &extent| n.checked_mul(extent))
}

/// Bytes of a dense tensor, checked for overflow against what can be addressed (`isize::MAX`). Extents of 0 hide
/// nothing: the product of the others is checked too, so that strides never overflow.
pub fn bytes(dtype: DType, extents: &[usize]) -> Result<usize, TooLarge> {
    let strides = extents.iter().try_fold(dtype.size().max(1), |n, &extent| n.checked_mul(extent.max(1)));
    match strides {
        Some(n) if isize::try_from(n).is_ok() => {
            Ok(if extents.contains(&0) { 0 } else { n / dtype.size().max(1) * dtype.size() })
        }
        _ => Err(TooLarge::Unaddressable { dtype, shape: extents.into() }),
    }
}

/// Bytes of a dense tensor, checked against the memory limit as well.
pub fn bytes_within_limit(dtype: DType, extents: &[usize]) -> Result<usize, TooLarge> {
    let bytes = bytes(dtype, extents)?;
    let limit = memory_limit();
    if bytes as u64 > limit {
        return Err(TooLarge::OverLimit { dtype, shape: extents.into(), bytes: bytes as u64, limit });
    }
    Ok(bytes)
}

static LIMIT: AtomicU64 = AtomicU64::new(0);

/// The most bytes one tensor (and the scratch memory of one run) may take: what was set, else the memory of the
/// machine or of the control group.
pub fn memory_limit() -> u64 {
    match LIMIT.load(Ordering::Relaxed) {
        0 => {
            let found = machine_memory();
            LIMIT.store(found, Ordering::Relaxed);
            found
        }
        limit => limit,
    }
}

/// Sets the most bytes one tensor may take; `None` returns to the memory of the machine.
pub fn set_memory_limit(bytes: Option<u64>) {
    LIMIT.store(bytes.map_or(0, |n| n.max(1)), Ordering::Relaxed);
}

/// The smaller of the control group's limit and the machine's memory; 16 GiB where neither can be read.
fn machine_memory() -> u64 {
    let group = std::fs::read_to_string("/sys/fs/cgroup/memory.max").ok().and_then(|text| text.trim().parse().ok());
    let total = std::fs::read_to_string("/proc/meminfo").ok().and_then(|text| {
        let line = text.lines().find(|line| line.starts_with("MemTotal:"))?;
        line.split_whitespace().nth(1)?.parse::<u64>().ok().map(|kib| kib * 1024)
    });
    match (group, total) {
        (Some(a), Some(b)) => std::cmp::min(a, b),
        (Some(n), None) | (None, Some(n)) => n,
        (None, None) => 16 << 30,
    }
    .max(1)
}
