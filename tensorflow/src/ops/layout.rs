//! Where windows go: data formats, strides, dilations and paddings as TensorFlow writes them.

use crate::arg::{Arg, Args};
use crate::convert;
use crate::error::{Result, invalid, value_error};
use brolga::attributes::{Axes, Offsets};
use brolga::compose::Padding;

/// Where batch, features and spatial axes stand.
pub(super) struct Layout {
    /// The batch axis.
    pub batch: usize,
    /// The feature axis.
    pub feature: usize,
    /// The spatial axes, in order.
    pub spatial: Axes,
}

impl Layout {
    /// The layout that the argument `data_format` names; features last where it is not given.
    pub fn read(a: &Args, spatial: usize) -> Result<Layout> {
        let Some(format) = a.optional_text("data_format")? else { return Ok(Layout::features_last(spatial)) };
        let last = ["NWC", "NHWC", "NDHWC"];
        let first = ["NCW", "NCHW", "NCDHW"];
        let at = spatial.wrapping_sub(1);
        if last.get(at) == Some(&format) {
            Ok(Layout::features_last(spatial))
        } else if first.get(at) == Some(&format) {
            Ok(Layout { batch: 0, feature: 1, spatial: (2..spatial + 2).collect() })
        } else {
            let fit = last.get(at).zip(first.get(at)).map(|(a, b)| format!("\"{a}\" or \"{b}\"")).unwrap_or_default();
            Err(value_error(format!("{}: data_format must be {fit}, got {format:?}", a.signature.op)))
        }
    }

    /// (batch, spatial …, features).
    pub fn features_last(spatial: usize) -> Layout {
        Layout { batch: 0, feature: spatial + 1, spatial: (1..=spatial).collect() }
    }

    /// How many axes there are.
    pub fn rank(&self) -> usize {
        self.spatial.len() + 2
    }

    /// A number for each axis, of a list that has one, one for each spatial axis, or one for each axis; 1 where nothing
    /// is given.
    pub fn each_axis(&self, a: &Args, name: &str) -> Result<Axes> {
        let given = a.optional_ints(name)?.unwrap_or_else(|| vec![1]);
        let spatial = self.spatial.len();
        let mut all = vec![1; self.rank()];
        match given.len() {
            1 => self.spatial.iter().for_each(|&axis| all[axis] = given[0]),
            n if n == spatial => self.spatial.iter().zip(&given).for_each(|(&axis, &step)| all[axis] = step),
            n if n == self.rank() => all.copy_from_slice(&given),
            n => {
                let (op, whole) = (a.signature.op, self.rank());
                let text = format!("{op}: {name} should be of length 1, {spatial} or {whole} but was {n}");
                return Err(value_error(text));
            }
        }
        let positive = |step: i64| usize::try_from(step).ok().filter(|step| *step > 0);
        let refused = || value_error(format!("{}: {name} must be positive, got {given:?}", a.signature.op));
        all.into_iter().map(|step| positive(step).ok_or_else(refused)).collect()
    }

    /// A number for each spatial axis; those of batch and features must be 1.
    pub fn each_spatial(&self, a: &Args, name: &str) -> Result<Axes> {
        let all = self.each_axis(a, name)?;
        if all[self.batch] != 1 || all[self.feature] != 1 {
            let op = a.signature.op;
            return Err(invalid(format!("{op}: {name} of the batch and feature axes must be 1, got {:?}", &all[..])));
        }
        Ok(self.spatial.iter().map(|&axis| all[axis]).collect())
    }
}

/// A padding as it was asked for.
pub(super) enum Pads {
    /// By rule.
    Rule(Padding),
    /// As many elements before and after each axis.
    Given(Vec<(i64, i64)>),
}

impl Pads {
    /// The argument `padding`.
    pub fn read(a: &Args, layout: &Layout) -> Result<Pads> {
        let op = a.signature.op;
        match a.raw("padding") {
            Arg::Text(text) if &**text == "SAME" => Ok(Pads::Rule(Padding::Same)),
            Arg::Text(text) if &**text == "VALID" => Ok(Pads::Rule(Padding::Valid)),
            Arg::Text(text) => {
                let help = "help: it is \"SAME\", \"VALID\", or a list of pairs";
                Err(value_error(format!("{op}: Unsupported padding: {text:?}\n  {help}")))
            }
            list => Pads::listed(op, &convert::whole_numbers(list)?, layout),
        }
    }

    fn listed(op: &str, flat: &[i128], layout: &Layout) -> Result<Pads> {
        if flat.len() != 2 * layout.rank() {
            let (rank, given) = (layout.rank(), flat.len());
            return Err(value_error(format!("{op}: a padding list holds {rank} pairs, got {given} numbers")));
        }
        let pairs: Vec<(i64, i64)> = flat.chunks(2).map(|pair| (pair[0] as i64, pair[1] as i64)).collect();
        if pairs[layout.batch] != (0, 0) || pairs[layout.feature] != (0, 0) {
            return Err(value_error(format!("{op}: Nonzero explicit padding in the batch or depth dimensions")));
        }
        if pairs.iter().any(|&(low, high)| low < 0 || high < 0) {
            return Err(value_error(format!("{op}: explicit padding must not be negative, got {pairs:?}")));
        }
        Ok(Pads::Given(pairs))
    }

    /// What is added around an axis.
    pub fn around(&self, axis: usize, extent: usize, window: usize, dilation: usize, stride: usize) -> (i64, i64) {
        match self {
            Pads::Rule(rule) => rule.around(extent, window, dilation, stride),
            Pads::Given(pairs) => pairs[axis],
        }
    }
}

/// A window over some axes, all of it known.
pub(super) struct Windows {
    /// Extents of the window.
    pub sizes: Axes,
    /// Steps.
    pub strides: Axes,
    /// Distances between neighbours in the window.
    pub dilations: Axes,
    /// Added before.
    pub low: Offsets,
    /// Added after.
    pub high: Offsets,
    /// How many places the window takes.
    pub outputs: Axes,
}

impl Windows {
    /// The window `sizes` over `axes`, of these extents.
    pub fn over(
        op: &str,
        axes: &[usize],
        extents: &[usize],
        sizes: Axes,
        strides: Axes,
        dilations: Axes,
        pads: &Pads,
    ) -> Result<Windows> {
        let mut window =
            Windows { sizes, strides, dilations, low: Offsets::new(), high: Offsets::new(), outputs: Axes::new() };
        for (k, (&axis, &extent)) in axes.iter().zip(extents).enumerate() {
            let (size, stride, dilation) = (window.sizes[k], window.strides[k], window.dilations[k]);
            let (low, high) = pads.around(axis, extent, size, dilation, stride);
            window.low.push(low);
            window.high.push(high);
            window.outputs.push(places(op, extent as i64 + low + high, size, dilation, stride)?);
        }
        Ok(window)
    }

    /// Where tap `tap` of the window at place `at` reads along axis `k`; `None` in the padding.
    pub fn source(&self, k: usize, at: usize, tap: usize, extent: usize) -> Option<usize> {
        let place = (at * self.strides[k] + tap * self.dilations[k]) as i64 - self.low[k];
        usize::try_from(place).ok().filter(|place| *place < extent)
    }
}

/// How many places a window takes on a padded axis.
fn places(op: &str, extent: i64, size: usize, dilation: usize, stride: usize) -> Result<usize> {
    if size == 0 {
        return Err(invalid(format!("{op}: the window must have elements along each axis")));
    }
    let reach = (size as i64 - 1).saturating_mul(dilation as i64).saturating_add(1);
    usize::try_from(extent.saturating_sub(reach).saturating_add(stride as i64) / stride as i64).map_err(|_| {
        invalid(format!(
            "{op}: Computed output size would be negative [input_size: {extent}, effective_filter_size: {reach}, \
             stride: {stride}]"
        ))
    })
}
