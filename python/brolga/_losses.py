"""`tf.losses`: how far predictions are off, by Keras's formulas and names."""

from __future__ import annotations

from typing import Any

from ._core import find_op, to_tensor

_mean, _where, _abs = find_op("math.reduce_mean"), find_op("where"), find_op("math.abs")


class Reduction:
    """What becomes of the losses of a batch."""

    AUTO = "sum_over_batch_size"
    NONE = "none"
    SUM = "sum"
    SUM_OVER_BATCH_SIZE = "sum_over_batch_size"


class Loss:
    """A loss, called with what is true and what was predicted; one number, or with `NONE` one for each sample."""

    name: str

    def __init__(self, reduction: str | None = Reduction.SUM_OVER_BATCH_SIZE, name: str | None = None) -> None:
        known = ("sum_over_batch_size", "mean", "sum", "none", "auto", None)
        if reduction not in known:
            raise ValueError(f"Invalid value for argument `reduction`. Expected one of {known}. Received: reduction={reduction}")
        self.reduction, self.name = reduction, name or type(self).__name__

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        predicted = to_tensor(y_pred)
        losses = self.call(to_tensor(y_true), predicted)
        if sample_weight is not None:
            losses = losses * find_op("cast")(to_tensor(sample_weight), losses.dtype)
        if self.reduction == "sum":
            return find_op("math.reduce_sum")(losses)
        return losses if self.reduction in ("none", None) else _mean(losses)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """The loss of each sample."""
        raise NotImplementedError


def _same(y_true: Any, y_pred: Any) -> Any:
    return find_op("cast")(y_true, y_pred.dtype)


class MeanSquaredError(Loss):
    """The mean of the squares of the errors."""

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """The loss of each sample."""
        error = y_pred - _same(y_true, y_pred)
        return _mean(error * error, axis=-1)


class MeanAbsoluteError(Loss):
    """The mean of the sizes of the errors."""

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """The loss of each sample."""
        return _mean(_abs(y_pred - _same(y_true, y_pred)), axis=-1)


class Huber(Loss):
    """Squares of small errors, sizes of errors beyond `delta`."""

    def __init__(self, delta: float = 1.0, reduction: str | None = Reduction.SUM_OVER_BATCH_SIZE, name: str | None = "huber_loss") -> None:
        super().__init__(reduction, name)
        self.delta = delta

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """The loss of each sample."""
        error = y_pred - _same(y_true, y_pred)
        size = _abs(error)
        return _mean(_where(size <= self.delta, 0.5 * error * error, self.delta * size - 0.5 * self.delta * self.delta), axis=-1)


class _Entropy(Loss):
    from_logits: bool
    label_smoothing: float

    def __init__(
        self,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int = -1,
        reduction: str | None = Reduction.SUM_OVER_BATCH_SIZE,
        name: str | None = None,
    ) -> None:
        super().__init__(reduction, name)
        if axis != -1:
            raise NotImplementedError(f"{self.name}: classes must stand along the last axis, got axis={axis}")
        self.from_logits, self.label_smoothing = from_logits, label_smoothing

    def _smoothed(self, true: Any, classes: Any) -> Any:
        """The truths, a share of them spread evenly over the classes."""
        return true if not self.label_smoothing else true * (1.0 - self.label_smoothing) + self.label_smoothing / classes


_SMALL = 1e-7
"""Probabilities are kept so far from 0 and 1."""


def _inside(probabilities: Any) -> Any:
    return find_op("clip_by_value")(probabilities, _SMALL, 1.0 - _SMALL)


class BinaryCrossentropy(_Entropy):
    """The cross-entropy of truths and probabilities, or logits."""

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """The loss of each sample."""
        true = self._smoothed(_same(y_true, y_pred), 2.0)
        if self.from_logits:
            return _mean(find_op("nn.sigmoid_cross_entropy_with_logits")(labels=true, logits=y_pred), axis=-1)
        likely, log = _inside(y_pred), find_op("math.log")
        return _mean(-(true * log(likely) + (1.0 - true) * log(1.0 - likely)), axis=-1)


class CategoricalCrossentropy(_Entropy):
    """The cross-entropy of distributions and probabilities, or logits, over the last axis."""

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """The loss of each sample."""
        classes = find_op("cast")(find_op("shape")(y_pred)[-1], y_pred.dtype) if y_pred.shape[-1] is None else float(y_pred.shape[-1])
        true = self._smoothed(_same(y_true, y_pred), classes)
        if self.from_logits:
            return find_op("nn.softmax_cross_entropy_with_logits")(labels=true, logits=y_pred)
        total = find_op("math.reduce_sum")
        likely = _inside(y_pred / total(y_pred, axis=-1, keepdims=True))
        return -total(true * find_op("math.log")(likely), axis=-1)


class SparseCategoricalCrossentropy(_Entropy):
    """As `CategoricalCrossentropy`, where what is true is given by number."""

    def __init__(
        self,
        from_logits: bool = False,
        ignore_class: int | None = None,
        reduction: str | None = Reduction.SUM_OVER_BATCH_SIZE,
        axis: int = -1,
        name: str | None = None,
    ) -> None:
        super().__init__(from_logits, 0.0, axis, reduction, name)
        if ignore_class is not None:
            raise NotImplementedError("SparseCategoricalCrossentropy: `ignore_class` is not there; give a `sample_weight` of 0 for such samples")

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """The loss of each sample."""
        labels = find_op("cast")(y_true, "int64")
        logits = y_pred if self.from_logits else find_op("math.log")(_inside(y_pred))
        return find_op("nn.sparse_softmax_cross_entropy_with_logits")(labels=labels, logits=logits)
