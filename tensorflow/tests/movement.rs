//! Shapes, places and order, by TensorFlow's rules.
#![allow(clippy::unwrap_used)]

mod common;

use brolga_tensorflow::arg::value;
use brolga_tensorflow::{Arg, Kind};
use common::{check, eager, everywhere, ints, staged, tensor, text};

fn six() -> Arg {
    tensor(&[2, 3], &[1, 2, 3, 4, 5, 6])
}

fn slice(start: Option<i128>, stop: Option<i128>, step: Option<i128>) -> Arg {
    Arg::Slice(Box::new([start, stop, step].map(|bound| bound.map_or(Arg::None, Arg::Int))))
}

#[test]
fn index_takes_numbers_slices_dots_and_new_axes() {
    let get = |index: Vec<Arg>| eager("experimental.getitem", &[six(), Arg::List(index)], &[]);
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
    let mask = tensor(&[2, 3], &[true, false, false, false, true, true]);
    check(eager("experimental.getitem", &[six(), mask], &[]), &[3], &[1, 5, 6]);
}

#[test]
fn strided_slice_reads_its_masks() {
    let masks = vec![("shrink_axis_mask", Arg::Int(1)), ("begin_mask", Arg::Int(2)), ("end_mask", Arg::Int(2))];
    check(eager("strided_slice", &[six(), ints(&[1, 9]), ints(&[0, 0]), ints(&[1, 1])], &masks), &[3], &[4, 5, 6]);
    let zero = eager("strided_slice", &[six(), ints(&[0]), ints(&[2]), ints(&[0])], &[]);
    assert_eq!(zero.unwrap_err().kind, Kind::InvalidArgument);
}

#[test]
fn pad_mirrors_with_and_without_the_edge() {
    let pad = |mode| eager("pad", &[tensor(&[3], &[1, 2, 3]), ints(&[2, 1]), text(mode)], &[]);
    check(pad("REFLECT"), &[6], &[3, 2, 1, 2, 3, 2]);
    check(pad("symmetric"), &[6], &[2, 1, 1, 2, 3, 3]);
    check(pad("CONSTANT"), &[6], &[0, 0, 1, 2, 3, 0]);
    let far = eager("pad", &[tensor(&[3], &[1, 2, 3]), ints(&[3, 0]), text("REFLECT")], &[]);
    assert_eq!(far.unwrap_err().kind, Kind::InvalidArgument);
}

#[test]
fn split_takes_a_count_or_sizes_of_which_one_is_open() {
    let split = |how| eager("split", &[six(), how, Arg::Int(1)], &[]);
    let pieces = split(ints(&[1, -1])).unwrap();
    assert_eq!(pieces.iter().map(|piece| piece.shape().to_vec()).collect::<Vec<_>>(), [vec![2, 1], vec![2, 2]]);
    assert_eq!(split(Arg::Int(3)).unwrap().len(), 3);
    assert_eq!(split(Arg::Int(2)).unwrap_err().kind, Kind::InvalidArgument);
    assert_eq!(split(ints(&[1, 1])).unwrap_err().kind, Kind::InvalidArgument);
}

#[test]
fn roll_tile_and_repeat() {
    check(eager("roll", &[tensor(&[4], &[1, 2, 3, 4]), Arg::Int(-5), Arg::Int(0)], &[]), &[4], &[2, 3, 4, 1]);
    check(eager("tile", &[tensor(&[2], &[1, 2]), ints(&[2])], &[]), &[4], &[1, 2, 1, 2]);
    check(eager("repeat", &[tensor(&[2], &[1, 2]), ints(&[2, 1])], &[]), &[3], &[1, 1, 2]);
}

#[test]
fn gather_reads_behind_batches_and_refuses_what_lies_outside() {
    let x = || tensor(&[2, 3], &[1, 2, 3, 4, 5, 6]);
    let batches = vec![("batch_dims", Arg::Int(1))];
    check(eager("gather", &[x(), tensor(&[2, 1], &[2, 0])], &batches), &[2, 1], &[3, 4]);
    check(eager("gather", &[x(), Arg::Int(1)], &[("axis", Arg::Int(-1))]), &[2], &[2, 5]);
    let outside = eager("gather", &[x(), ints(&[2])], &[]).unwrap_err();
    assert_eq!((outside.kind, outside.message.contains("not in [0, 2)")), (Kind::InvalidArgument, true));
}

#[test]
fn scatter_adds_and_updates() {
    let places = || tensor(&[2, 1], &[1, 1]);
    check(eager("scatter_nd", &[places(), tensor(&[2], &[5, 7]), ints(&[3])], &[]), &[3], &[0, 12, 0]);
    let updated = eager("tensor_scatter_nd_max", &[tensor(&[2], &[1, 6]), places(), tensor(&[2], &[5, 7])], &[]);
    check(updated, &[2], &[1, 7]);
}

#[test]
fn segments_fold_what_belongs_together() {
    let ids = || tensor(&[4], &[0, 0, 3, 3]);
    let data = || tensor(&[4], &[1.0f32, 2.0, 3.0, 5.0]);
    check(eager("math.segment_mean", &[data(), ids()], &[]), &[4], &[1.5f32, 0.0, 0.0, 4.0]);
    let loose = tensor(&[4], &[1, -1, 1, 0]);
    check(eager("math.unsorted_segment_sum", &[data(), loose, Arg::Int(2)], &[]), &[2], &[5.0f32, 4.0]);
    let falling = eager("math.segment_sum", &[data(), tensor(&[4], &[1, 0, 2, 2])], &[]);
    assert_eq!(falling.unwrap_err().kind, Kind::InvalidArgument);
}

#[test]
fn unique_keeps_the_order_of_first_places_and_every_nan() {
    let found = eager("unique_with_counts", &[tensor(&[5], &[0.0f32, f32::NAN, -0.0, f32::NAN, 2.0])], &[]).unwrap();
    assert_eq!(found[1].as_slice::<i32>().unwrap(), [0, 1, 0, 2, 3]);
    assert_eq!(found[2].as_slice::<i32>().unwrap(), [2, 1, 1, 1]);
}

#[test]
fn where_alone_lists_the_places() {
    let mask = tensor(&[2, 2], &[true, false, false, true]);
    check(eager("where", &[mask], &[]), &[2, 2], &[0i64, 0, 1, 1]);
    check(eager("where", &[tensor(&[3], &[-0.0f64, f64::NAN, 1.0])], &[]), &[2, 1], &[1i64, 2]);
}

#[test]
fn order_keeps_equal_elements_and_halving_finds_both_ends() {
    let x = || tensor(&[4], &[2, 1, 2, 0]);
    check(eager("argsort", &[x()], &[("direction", text("DESCENDING"))]), &[4], &[0, 2, 1, 3]);
    check(eager("sort", &[x()], &[]), &[4], &[0, 1, 2, 2]);
    let row = || tensor(&[4], &[1, 2, 2, 5]);
    let asked = || tensor(&[3], &[2, 0, 9]);
    check(eager("searchsorted", &[row(), asked()], &[]), &[3], &[1, 0, 4]);
    check(eager("searchsorted", &[row(), asked(), text("right")], &[]), &[3], &[3, 0, 4]);
}

#[test]
fn blocks_move_between_space_and_batch_and_back() {
    let x = || tensor(&[1, 2, 4, 1], &[1, 2, 3, 4, 5, 6, 7, 8]);
    let moved = eager("space_to_batch_nd", &[x(), ints(&[2, 2]), ints(&[0, 0, 0, 0])], &[]).unwrap();
    let moved = Arg::Tensor(value(moved[0].clone()));
    let back = eager("batch_to_space", &[moved, ints(&[2, 2]), ints(&[0, 0, 0, 0])], &[]);
    check(back, &[1, 2, 4, 1], &[1, 2, 3, 4, 5, 6, 7, 8]);
}

/// An op with positional and named arguments.
type Call = (&'static str, Vec<Arg>, Vec<(&'static str, Arg)>);

#[test]
fn every_way_to_run_agrees() {
    let x = || tensor(&[2, 3], &[1.0f32, 5.0, 2.0, 6.0, 4.0, 3.0]);
    let calls: [Call; 18] = [
        ("transpose", vec![x()], vec![]),
        ("reshape", vec![x(), ints(&[3, -1])], vec![]),
        ("expand_dims", vec![x(), Arg::Int(-1)], vec![]),
        ("concat", vec![Arg::List(vec![x(), x()]), Arg::Int(1)], vec![]),
        ("stack", vec![Arg::List(vec![x(), x()])], vec![("axis", Arg::Int(-1))]),
        ("tile", vec![x(), ints(&[1, 2])], vec![]),
        ("pad", vec![x(), ints(&[1, 0, 2, 1]), text("REFLECT")], vec![]),
        ("reverse", vec![x(), ints(&[-1])], vec![]),
        ("gather", vec![x(), tensor(&[2], &[1i64, 0])], vec![("axis", Arg::Int(1))]),
        ("gather_nd", vec![x(), tensor(&[2, 2], &[1, 2, 0, 0])], vec![]),
        ("one_hot", vec![tensor(&[2], &[2, 0]), Arg::Int(3)], vec![]),
        ("tensor_scatter_nd_add", vec![x(), tensor(&[1, 1], &[1]), tensor(&[1, 3], &[1.0f32, 1.0, 1.0])], vec![]),
        ("math.unsorted_segment_max", vec![x(), tensor(&[2], &[1, 1]), Arg::Int(2)], vec![]),
        ("sort", vec![x()], vec![("direction", text("DESCENDING"))]),
        ("math.top_k", vec![x(), Arg::Int(2)], vec![]),
        ("einsum", vec![text("ij,kj->ik"), x(), x()], vec![]),
        ("linalg.diag_part", vec![x()], vec![("k", Arg::Int(1))]),
        ("linalg.svd", vec![x()], vec![("compute_uv", Arg::Bool(false))]),
    ];
    for (name, args, named) in &calls {
        everywhere(name, args, named);
    }
}

#[test]
fn what_lies_outside_is_an_error_of_interpreted_functions_too() {
    let args = [tensor(&[2], &[1.0f32, 2.0]), tensor(&[1], &[2])];
    let found = staged("gather", &args, &[], false, true).unwrap_err();
    assert!(found.contains("indices[0] = 2 is not in [0, 2)"), "{found}");
    let clamped = staged("gather", &args, &[], true, true).unwrap();
    assert_eq!(clamped.as_slice::<f32>().unwrap(), [2.0]);
}

#[test]
fn values_fall_into_parts_of_a_range() {
    let values = tensor(&[5], &[-1.0f32, 0.0, 1.5, 2.0, 5.0]);
    let range = tensor(&[2], &[0.0f32, 5.0]);
    check(eager("histogram_fixed_width", &[values, range, Arg::Int(5)], &[]), &[5], &[2, 1, 1, 0, 1]);
    let places = tensor(&[2], &[5i64, 1]);
    check(eager("unravel_index", &[places, ints(&[2, 3])], &[]), &[2, 2], &[1i64, 0, 2, 1]);
}
