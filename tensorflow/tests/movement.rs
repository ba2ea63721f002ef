//! Shapes, places and order, by TensorFlow's rules.
#![allow(clippy::unwrap_used)]

mod common;

use brolga_tensorflow::{Arg, Kind};
use common::{check, ints, op, t, tensors, text};

fn six() -> Arg {
    t(&[2, 3], &[1, 2, 3, 4, 5, 6])
}

fn slice(start: Option<i128>, stop: Option<i128>, step: Option<i128>) -> Arg {
    Arg::Slice(Box::new([start, stop, step].map(|bound| bound.map_or(Arg::None, Arg::Int))))
}

#[test]
fn index_takes_numbers_slices_dots_and_new_axes() {
    let get = |index: Vec<Arg>| op("experimental.getitem", vec![six(), Arg::List(index)], vec![]);
    check(get(vec![Arg::Int(-1)]), &[3], &[4, 5, 6]);
    check(get(vec![Arg::Ellipsis, Arg::Int(0)]), &[2], &[1, 4]);
    check(get(vec![slice(None, None, Some(-1)), slice(None, None, Some(2))]), &[2, 2], &[4, 6, 1, 3]);
    check(get(vec![Arg::None, Arg::Int(1), slice(Some(-100), Some(2), None)]), &[1, 2], &[4, 5]);
    check(get(vec![slice(Some(5), Some(1), None)]), &[0, 3], &[0i32; 0]);
    assert_eq!(get(vec![Arg::Int(2)]).unwrap_err().kind, Kind::InvalidArgument);
    assert_eq!(get(vec![Arg::Float(1.0)]).unwrap_err().kind, Kind::Type);
    assert_eq!(get(vec![Arg::Int(0), Arg::Int(0), Arg::Int(0)]).unwrap_err().kind, Kind::InvalidArgument);
}

#[test]
fn index_of_a_mask_takes_what_holds() {
    let mask = t(&[2, 3], &[true, false, false, false, true, true]);
    check(op("experimental.getitem", vec![six(), mask], vec![]), &[3], &[1, 5, 6]);
}

#[test]
fn strided_slice_reads_its_masks() {
    let masks = vec![("shrink_axis_mask", Arg::Int(1)), ("begin_mask", Arg::Int(2)), ("end_mask", Arg::Int(2))];
    check(op("strided_slice", vec![six(), ints(&[1, 9]), ints(&[0, 0]), ints(&[1, 1])], masks), &[3], &[4, 5, 6]);
    let zero = op("strided_slice", vec![six(), ints(&[0]), ints(&[2]), ints(&[0])], vec![]);
    assert_eq!(zero.unwrap_err().kind, Kind::InvalidArgument);
}

#[test]
fn pad_mirrors_with_and_without_the_edge() {
    let pad = |mode| op("pad", vec![t(&[3], &[1, 2, 3]), ints(&[2, 1]), text(mode)], vec![]);
    check(pad("REFLECT"), &[6], &[3, 2, 1, 2, 3, 2]);
    check(pad("symmetric"), &[6], &[2, 1, 1, 2, 3, 3]);
    check(pad("CONSTANT"), &[6], &[0, 0, 1, 2, 3, 0]);
    let far = op("pad", vec![t(&[3], &[1, 2, 3]), ints(&[3, 0]), text("REFLECT")], vec![]);
    assert_eq!(far.unwrap_err().kind, Kind::InvalidArgument);
}

#[test]
fn split_takes_a_count_or_sizes_of_which_one_is_open() {
    let split = |how| op("split", vec![six(), how, Arg::Int(1)], vec![]);
    let pieces = tensors(&split(ints(&[1, -1])).unwrap());
    assert_eq!(pieces.iter().map(|piece| piece.shape().to_vec()).collect::<Vec<_>>(), [vec![2, 1], vec![2, 2]]);
    assert_eq!(tensors(&split(Arg::Int(3)).unwrap()).len(), 3);
    assert_eq!(split(Arg::Int(2)).unwrap_err().kind, Kind::InvalidArgument);
    assert_eq!(split(ints(&[1, 1])).unwrap_err().kind, Kind::InvalidArgument);
}

#[test]
fn roll_tile_and_repeat() {
    check(op("roll", vec![t(&[4], &[1, 2, 3, 4]), Arg::Int(-5), Arg::Int(0)], vec![]), &[4], &[2, 3, 4, 1]);
    check(op("tile", vec![t(&[2], &[1, 2]), ints(&[2])], vec![]), &[4], &[1, 2, 1, 2]);
    check(op("repeat", vec![t(&[2], &[1, 2]), ints(&[2, 1])], vec![]), &[3], &[1, 1, 2]);
}

#[test]
fn gather_reads_behind_batches_and_refuses_what_lies_outside() {
    let x = || t(&[2, 3], &[1, 2, 3, 4, 5, 6]);
    let batches = vec![("batch_dims", Arg::Int(1))];
    check(op("gather", vec![x(), t(&[2, 1], &[2, 0])], batches), &[2, 1], &[3, 4]);
    check(op("gather", vec![x(), Arg::Int(1)], vec![("axis", Arg::Int(-1))]), &[2], &[2, 5]);
    let outside = op("gather", vec![x(), ints(&[2])], vec![]).unwrap_err();
    assert_eq!((outside.kind, outside.message.contains("not in [0, 2)")), (Kind::InvalidArgument, true));
}

#[test]
fn scatter_adds_and_updates() {
    let places = || t(&[2, 1], &[1, 1]);
    check(op("scatter_nd", vec![places(), t(&[2], &[5, 7]), ints(&[3])], vec![]), &[3], &[0, 12, 0]);
    let updated = op("tensor_scatter_nd_max", vec![t(&[2], &[1, 6]), places(), t(&[2], &[5, 7])], vec![]);
    check(updated, &[2], &[1, 7]);
}

#[test]
fn segments_fold_what_belongs_together() {
    let ids = || t(&[4], &[0, 0, 3, 3]);
    let data = || t(&[4], &[1.0f32, 2.0, 3.0, 5.0]);
    check(op("math.segment_mean", vec![data(), ids()], vec![]), &[4], &[1.5f32, 0.0, 0.0, 4.0]);
    let loose = t(&[4], &[1, -1, 1, 0]);
    check(op("math.unsorted_segment_sum", vec![data(), loose, Arg::Int(2)], vec![]), &[2], &[5.0f32, 4.0]);
    let falling = op("math.segment_sum", vec![data(), t(&[4], &[1, 0, 2, 2])], vec![]);
    assert_eq!(falling.unwrap_err().kind, Kind::InvalidArgument);
}

#[test]
fn unique_keeps_the_order_of_first_places_and_every_nan() {
    let out = op("unique_with_counts", vec![t(&[5], &[0.0f32, f32::NAN, -0.0, f32::NAN, 2.0])], vec![]).unwrap();
    let found = tensors(&out);
    assert_eq!(found[1].as_slice::<i32>().unwrap(), [0, 1, 0, 2, 3]);
    assert_eq!(found[2].as_slice::<i32>().unwrap(), [2, 1, 1, 1]);
}

#[test]
fn where_alone_lists_the_places() {
    let mask = t(&[2, 2], &[true, false, false, true]);
    check(op("where", vec![mask], vec![]), &[2, 2], &[0i64, 0, 1, 1]);
    check(op("where", vec![t(&[3], &[-0.0f64, f64::NAN, 1.0])], vec![]), &[2, 1], &[1i64, 2]);
}

#[test]
fn order_keeps_equal_elements_and_halving_finds_both_ends() {
    let x = || t(&[4], &[2, 1, 2, 0]);
    check(op("argsort", vec![x()], vec![("direction", text("DESCENDING"))]), &[4], &[0, 2, 1, 3]);
    check(op("sort", vec![x()], vec![]), &[4], &[0, 1, 2, 2]);
    let row = || t(&[4], &[1, 2, 2, 5]);
    let asked = || t(&[3], &[2, 0, 9]);
    check(op("searchsorted", vec![row(), asked()], vec![]), &[3], &[1, 0, 4]);
    check(op("searchsorted", vec![row(), asked(), text("right")], vec![]), &[3], &[3, 0, 4]);
}

#[test]
fn blocks_move_between_space_and_batch_and_back() {
    let x = || t(&[1, 2, 4, 1], &[1, 2, 3, 4, 5, 6, 7, 8]);
    let moved = op("space_to_batch_nd", vec![x(), ints(&[2, 2]), ints(&[0, 0, 0, 0])], vec![]).unwrap();
    let moved = Arg::Tensor(moved.values()[0].clone());
    let back = op("batch_to_space", vec![moved, ints(&[2, 2]), ints(&[0, 0, 0, 0])], vec![]);
    check(back, &[1, 2, 4, 1], &[1, 2, 3, 4, 5, 6, 7, 8]);
}
