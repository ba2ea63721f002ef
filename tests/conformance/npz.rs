//! Reads NumPy's npz files: a zip of npy files, one array each.

use brolga::{DType, Tensor};
use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;

/// The arrays of a file by name; `bfloat16` arrays, whose names end so or are just that, come as such.
pub fn read(path: &Path) -> BTreeMap<String, Tensor> {
    let mut zip = zip::ZipArchive::new(std::fs::File::open(path).unwrap()).unwrap();
    let count = zip.len();
    let read = |k| {
        let mut entry = zip.by_index(k).unwrap();
        let name = entry.name().trim_end_matches(".npy").to_owned();
        let mut bytes = vec![];
        entry.read_to_end(&mut bytes).unwrap();
        let bfloat = name.ends_with("bfloat16");
        let tensor = array(&bytes, bfloat);
        (name, tensor)
    };
    (0..count).map(read).collect()
}

/// The arrays `a0`, `a1` … in order of their numbers.
pub fn listed(path: &Path) -> Vec<Tensor> {
    let number = |name: &str| name[1..].split('_').next().unwrap().parse::<usize>().unwrap();
    let mut arrays: Vec<(usize, Tensor)> = read(path).into_iter().map(|(name, t)| (number(&name), t)).collect();
    arrays.sort_by_key(|(number, _)| *number);
    arrays.into_iter().map(|(_, tensor)| tensor).collect()
}

fn array(bytes: &[u8], bfloat: bool) -> Tensor {
    assert_eq!(&bytes[..6], b"\x93NUMPY");
    let (start, length) = match bytes[6] {
        1 => (10, usize::from(u16::from_le_bytes([bytes[8], bytes[9]]))),
        _ => (12, u32::from_le_bytes(bytes[8..12].try_into().unwrap()) as usize),
    };
    let header = std::str::from_utf8(&bytes[start..start + length]).unwrap();
    let field = |key: &str| header.split_once(key).unwrap().1.trim_start_matches("':").trim_start();
    let shape = field("shape").trim_start_matches('(').split(')').next().unwrap();
    let shape: Vec<usize> =
        shape.split(',').map(str::trim).filter(|n| !n.is_empty()).map(|n| n.parse().unwrap()).collect();
    assert!(shape.len() < 2 || field("fortran_order").starts_with("False"), "law: our files are in C order");
    let dtype = dtype(&field("descr")[1..4]);
    let dtype = if bfloat { DType::BF16 } else { dtype };
    let data = &bytes[start + length..];
    Tensor::build(dtype, &shape, |out| out.bytes().copy_from_slice(data)).unwrap()
}

fn dtype(descr: &str) -> DType {
    match descr {
        "|b1" => DType::Bool,
        "|i1" => DType::I8,
        "<i2" => DType::I16,
        "<i4" => DType::I32,
        "<i8" => DType::I64,
        "|u1" => DType::U8,
        "<u2" => DType::U16,
        "<u4" => DType::U32,
        "<u8" => DType::U64,
        "<f2" => DType::F16,
        "<f4" => DType::F32,
        "<f8" => DType::F64,
        "<c8" => DType::C64,
        "<c1" => DType::C128,
        other => panic!("no such type in our files: {other}"),
    }
}
