//! NumPy's npz files: arrays a0, a1, … in a zip archive; bfloat16, which NumPy lacks, as `aN__bfloat16` of uint16.
//!
//! Headers are not believed: sizes are checked before memory is taken, and no more is read than the header says.

use brolga::shape::{TooLarge, bytes_within_limit};
use brolga::{DType, Tensor};
use std::fs::File;
use std::io::{self, Read, Seek, Write};
use std::path::Path;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

/// Longest header read, in bytes: NumPy's own limit is 10,000.
const LONGEST_HEADER: usize = 64 * 1024;
/// Most arrays in one file.
const MOST_ARRAYS: usize = 100_000;

/// Why a file could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum NpzError {
    /// The file could not be opened, read or written.
    #[error("`{file}`: {cause}")]
    File {
        /// The file.
        file: String,
        /// Why.
        cause: io::Error,
    },
    /// It is no zip archive, or a broken one.
    #[error("`{file}` is not an npz file: {cause}")]
    Archive {
        /// The file.
        file: String,
        /// Why.
        cause: zip::result::ZipError,
    },
    /// An array could not be taken.
    #[error("`{file}`: array `{array}`: {fault}")]
    Array {
        /// The file.
        file: String,
        /// Its name in the file.
        array: String,
        /// Why.
        fault: Fault,
    },
    /// The arrays are not a0, a1, … without a gap.
    #[error("`{file}` has no array `a{missing}`\n  help: name the arrays a0, a1, … in the order of the parameters")]
    Missing {
        /// The file.
        file: String,
        /// The number that is missing.
        missing: usize,
    },
    /// A tensor that npz files do not hold.
    #[error("result {index} is of `{dtype}`, which npz files do not hold")]
    Unwritable {
        /// Which result.
        index: usize,
        /// Type of its elements.
        dtype: DType,
    },
}

/// What is wrong with one array.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// The name says no position.
    #[error("the name is not a0, a1, … or aN__bfloat16")]
    Name,
    /// It does not begin as NumPy's files do.
    #[error("this is not in NumPy's format")]
    Magic,
    /// The header cannot be read.
    #[error("the header cannot be read: {0}")]
    Header(&'static str),
    /// Elements of a type that is not taken.
    #[error("elements of `{descr}` are not taken\n  help: convert the array to one of NumPy's number types first")]
    Elements {
        /// NumPy's spelling of the type.
        descr: String,
    },
    /// The size is out of bounds.
    #[error(transparent)]
    TooLarge(#[from] TooLarge),
    /// There is less or more than the header says.
    #[error("the header says {expected} bytes of elements, there are {found}")]
    Length {
        /// What the header says.
        expected: usize,
        /// What there is: at least this.
        found: String,
    },
    /// A truth value that is neither 0 nor 1.
    #[error("element {position} of a bool array is {found}, not 0 or 1")]
    Bool {
        /// Row-major position.
        position: usize,
        /// The byte.
        found: u8,
    },
    /// Reading failed, as where compressed data is broken.
    #[error("{0}")]
    Io(#[from] io::Error),
}

/// The arrays of a file in the order of their numbers.
pub fn read(path: &Path) -> Result<Vec<Tensor>, NpzError> {
    let file = path.display().to_string();
    let opened = File::open(path).map_err(|cause| NpzError::File { file: file.clone(), cause })?;
    read_from(opened, &file)
}

fn read_from(source: impl Read + Seek, file: &str) -> Result<Vec<Tensor>, NpzError> {
    let archive = |cause| NpzError::Archive { file: file.to_owned(), cause };
    let mut zip = ZipArchive::new(source).map_err(archive)?;
    let mut tensors: Vec<(usize, Tensor)> = vec![];
    for k in 0..zip.len().min(MOST_ARRAYS) {
        let mut entry = zip.by_index(k).map_err(archive)?;
        let name = entry.name().trim_end_matches(".npy").to_owned();
        let named = position(&name).ok_or(Fault::Name);
        let tensor = named.and_then(|(number, bfloat16)| Ok((number, npy(&mut entry, bfloat16)?)));
        tensors.push(tensor.map_err(|fault| NpzError::Array { file: file.to_owned(), array: name, fault })?);
    }
    tensors.sort_by_key(|(number, _)| *number);
    match tensors.iter().enumerate().find(|(k, (number, _))| k != number) {
        Some((missing, _)) => Err(NpzError::Missing { file: file.to_owned(), missing }),
        None => Ok(tensors.into_iter().map(|(_, tensor)| tensor).collect()),
    }
}

/// The number in an array's name, and whether it holds bfloat16.
fn position(name: &str) -> Option<(usize, bool)> {
    let digits = name.strip_prefix('a')?;
    let (digits, bfloat16) = digits.strip_suffix("__bfloat16").map_or((digits, false), |digits| (digits, true));
    let canonical = digits == "0" || !digits.starts_with('0');
    (canonical && digits.bytes().all(|b| b.is_ascii_digit()))
        .then(|| digits.parse().ok())
        .flatten()
        .map(|n| (n, bfloat16))
}

/// What a header says.
struct Header {
    dtype: DType,
    swapped: bool,
    fortran: bool,
    shape: Vec<usize>,
}

fn npy(source: &mut impl Read, bfloat16: bool) -> Result<Tensor, Fault> {
    let mut header = header(source)?;
    if bfloat16 {
        if header.dtype != DType::U16 {
            return Err(Fault::Elements { descr: format!("{} (bfloat16 is stored as uint16)", header.dtype.name()) });
        }
        header.dtype = DType::BF16;
    }
    let expected = bytes_within_limit(header.dtype, &header.shape)?;
    let mut elements = vec![];
    let read = source.take(expected as u64 + 1).read_to_end(&mut elements)?;
    if read != expected {
        let found = if read > expected { format!("more than {expected}") } else { read.to_string() };
        return Err(Fault::Length { expected, found });
    }
    if header.swapped {
        elements.chunks_exact_mut(header.dtype.real().size()).for_each(<[u8]>::reverse);
    }
    if header.dtype == DType::Bool
        && let Some((position, &found)) = elements.iter().enumerate().find(|(_, byte)| **byte > 1)
    {
        return Err(Fault::Bool { position, found });
    }
    let elements = if header.fortran { row_major(&elements, &header.shape, header.dtype.size()) } else { elements };
    Ok(Tensor::build(header.dtype, &header.shape, |out| out.bytes().copy_from_slice(&elements))?)
}

/// Column-major elements in row-major order.
fn row_major(elements: &[u8], shape: &[usize], size: usize) -> Vec<u8> {
    let mut out = Vec::with_capacity(elements.len());
    let mut index = vec![0; shape.len()];
    for _ in 0..elements.len() / size.max(1) {
        let place = index.iter().zip(shape).rev().fold(0, |place, (&k, &extent)| place * extent + k);
        out.extend_from_slice(&elements[place * size..(place + 1) * size]);
        for (k, &extent) in index.iter_mut().zip(shape).rev() {
            *k += 1;
            if *k < extent {
                break;
            }
            *k = 0;
        }
    }
    out
}

fn header(source: &mut impl Read) -> Result<Header, Fault> {
    let mut start = [0; 8];
    source.read_exact(&mut start).map_err(|_| Fault::Magic)?;
    if &start[..6] != b"\x93NUMPY" {
        return Err(Fault::Magic);
    }
    let length = match start[6] {
        1 => {
            let mut length = [0; 2];
            source.read_exact(&mut length)?;
            usize::from(u16::from_le_bytes(length))
        }
        2 | 3 => {
            let mut length = [0; 4];
            source.read_exact(&mut length)?;
            u32::from_le_bytes(length) as usize
        }
        _ => return Err(Fault::Header("its version is not 1, 2 or 3")),
    };
    if length > LONGEST_HEADER {
        return Err(Fault::Header("it is too long"));
    }
    let mut text = vec![0; length];
    source.read_exact(&mut text)?;
    let text = String::from_utf8(text).map_err(|_| Fault::Header("it is not text"))?;
    let descr = field(&text, "descr")?;
    let (dtype, swapped) = element_type(descr)?;
    let fortran = match field(&text, "fortran_order")? {
        "True" => true,
        "False" => false,
        _ => return Err(Fault::Header("`fortran_order` is neither True nor False")),
    };
    Ok(Header { dtype, swapped, fortran, shape: extents(field(&text, "shape")?)? })
}

/// The text of a value in a header such as `{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }`.
fn field<'a>(text: &'a str, key: &str) -> Result<&'a str, Fault> {
    let quoted = [format!("'{key}'"), format!("\"{key}\"")];
    let found = quoted.iter().find_map(|key| text.split_once(key.as_str()));
    let value = found.and_then(|(_, rest)| rest.trim_start().strip_prefix(':')).map(str::trim_start);
    let value = value.ok_or(Fault::Header("a field is missing"))?;
    let end = match value.chars().next() {
        Some('(') => value.find(')').map(|end| end + 1),
        Some('[') => value.find(']').map(|end| end + 1),
        Some(quote @ ('\'' | '"')) => value[1..].find(quote).map(|end| end + 2),
        Some(_) | None => value.find([',', '}']),
    };
    Ok(value[..end.ok_or(Fault::Header("a field has no end"))?].trim())
}

fn element_type(descr: &str) -> Result<(DType, bool), Fault> {
    let refused = || Fault::Elements { descr: descr.trim_matches(['\'', '"']).to_owned() };
    let code = descr.strip_prefix(['\'', '"']).and_then(|text| text.strip_suffix(['\'', '"'])).ok_or_else(refused)?;
    let (order, code) = code.split_at_checked(1).ok_or_else(refused)?;
    let dtype = match code {
        "b1" => DType::Bool,
        "i1" => DType::I8,
        "i2" => DType::I16,
        "i4" => DType::I32,
        "i8" => DType::I64,
        "u1" => DType::U8,
        "u2" => DType::U16,
        "u4" => DType::U32,
        "u8" => DType::U64,
        "f2" => DType::F16,
        "f4" => DType::F32,
        "f8" => DType::F64,
        "c8" => DType::C64,
        "c16" => DType::C128,
        _ => return Err(refused()),
    };
    match order {
        "<" | "|" | "=" => Ok((dtype, false)),
        ">" => Ok((dtype, true)),
        _ => Err(refused()),
    }
}

fn extents(text: &str) -> Result<Vec<usize>, Fault> {
    let inside = text.strip_prefix('(').and_then(|text| text.strip_suffix(')'));
    let inside = inside.ok_or(Fault::Header("`shape` is not a tuple"))?;
    let parts = inside.split(',').map(|part| part.trim().trim_end_matches('L')).filter(|part| !part.is_empty());
    let extents: Result<Vec<usize>, _> = parts.map(str::parse).collect();
    let extents = extents.map_err(|_| Fault::Header("`shape` holds what is no extent"))?;
    if extents.len() > 64 { Err(Fault::Header("`shape` has more than 64 axes")) } else { Ok(extents) }
}

/// Writes tensors as a0, a1, …, stored.
pub fn write(path: &Path, tensors: &[Tensor]) -> Result<(), NpzError> {
    let file = path.display().to_string();
    let failed = |cause| NpzError::File { file: file.clone(), cause };
    let mut zip = ZipWriter::new(io::BufWriter::new(File::create(path).map_err(failed)?));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored).large_file(true);
    for (index, tensor) in tensors.iter().enumerate() {
        let dtype = tensor.dtype();
        let suffix = if dtype == DType::BF16 { "__bfloat16" } else { "" };
        let head = npy_header(dtype, tensor.shape()).ok_or(NpzError::Unwritable { index, dtype })?;
        let archive = |cause| NpzError::Archive { file: file.clone(), cause };
        zip.start_file(format!("a{index}{suffix}.npy"), options).map_err(archive)?;
        zip.write_all(&head).and_then(|()| zip.write_all(tensor.bytes())).map_err(failed)?;
    }
    let mut out = zip.finish().map_err(|cause| NpzError::Archive { file: file.clone(), cause })?;
    out.flush().map_err(failed)
}

/// Version 1 of NumPy's header, padded so that elements begin at a multiple of 64. `None` for strings.
fn npy_header(dtype: DType, shape: &[usize]) -> Option<Vec<u8>> {
    let descr = match dtype {
        DType::Bool => "|b1",
        DType::I8 => "|i1",
        DType::I16 => "<i2",
        DType::I32 => "<i4",
        DType::I64 => "<i8",
        DType::U8 => "|u1",
        DType::U16 | DType::BF16 => "<u2",
        DType::U32 => "<u4",
        DType::U64 => "<u8",
        DType::F16 => "<f2",
        DType::F32 => "<f4",
        DType::F64 => "<f8",
        DType::C64 => "<c8",
        DType::C128 => "<c16",
        DType::String => return None,
    };
    let extents: String = shape.iter().map(|extent| format!("{extent}, ")).collect();
    let extents = if shape.len() > 1 { extents.trim_end_matches(", ") } else { extents.trim_end() };
    let mut text = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': ({extents}), }}");
    let padding = 63 - (10 + text.len()) % 64;
    text.push_str(&" ".repeat(padding));
    text.push('\n');
    let mut header = b"\x93NUMPY\x01\x00".to_vec();
    header.extend_from_slice(&u16::try_from(text.len()).ok()?.to_le_bytes());
    header.extend_from_slice(text.as_bytes());
    Some(header)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use std::io::Cursor;

    fn archive(name: &str, dict: &str, elements: &[u8], method: CompressionMethod) -> Vec<u8> {
        let mut zip = ZipWriter::new(Cursor::new(vec![]));
        zip.start_file(name, SimpleFileOptions::default().compression_method(method)).unwrap();
        let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
        bytes.extend_from_slice(&u16::try_from(dict.len()).unwrap().to_le_bytes());
        bytes.extend_from_slice(dict.as_bytes());
        bytes.extend_from_slice(elements);
        zip.write_all(&bytes).unwrap();
        zip.finish().unwrap().into_inner()
    }

    fn array(dict: &str, elements: &[u8]) -> Result<Vec<Tensor>, NpzError> {
        read_from(Cursor::new(archive("a0.npy", dict, elements, CompressionMethod::Deflated)), "x.npz")
    }

    fn refused(dict: &str, elements: &[u8], part: &str) {
        let message = array(dict, elements).unwrap_err().to_string();
        assert!(message.contains(part), "{message}");
    }

    #[test]
    fn what_is_written_is_read() {
        let folder = std::env::temp_dir().join(format!("brolga-npz-{}", std::process::id()));
        let tensors = vec![
            Tensor::from_slice(&[2, 3], &[1.0f32, 2.0, 3.0, 4.0, 5.0, 6.0]).unwrap(),
            Tensor::scalar(true),
            Tensor::from_slice(&[2], &[half::bf16::from_f32(1.5), half::bf16::NAN]).unwrap(),
            Tensor::zeros(DType::C128, &[0, 4]).unwrap(),
            Tensor::from_slice(&[3], &[i64::MIN, 0, i64::MAX]).unwrap(),
        ];
        write(&folder, &tensors).unwrap();
        assert!(read(&folder).unwrap() == tensors);
        std::fs::remove_file(folder).unwrap();
    }

    #[test]
    fn column_major_and_big_endian_arrays_are_converted() {
        let elements: Vec<u8> = [1i16, 2, 3, 4, 5, 6].iter().flat_map(|n| n.to_be_bytes()).collect();
        let tensors = array("{'descr': '>i2', 'fortran_order': True, 'shape': (2, 3), }\n", &elements).unwrap();
        assert_eq!(tensors[0].as_slice::<i16>().unwrap(), [1, 3, 5, 2, 4, 6]);
        let parts: Vec<u8> = [1f32, 2.0].iter().flat_map(|n| n.to_be_bytes()).collect();
        let tensors = array("{'descr': '>c8', 'fortran_order': False, 'shape': (), }\n", &parts).unwrap();
        assert_eq!(tensors[0].as_slice::<num_complex::Complex<f32>>().unwrap()[0].im, 2.0);
    }

    #[test]
    fn headers_that_lie_are_refused() {
        let four = [0; 4];
        refused(
            "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }",
            &four,
            "says 8 bytes of elements, there are 4",
        );
        refused("{'descr': '<f4', 'fortran_order': False, 'shape': (), }", &[0; 9], "more than 4");
        refused("{'descr': '|O', 'fortran_order': False, 'shape': (), }", &four, "`|O` are not taken");
        refused("{'descr': [('x', '<f4')], 'fortran_order': False, 'shape': (), }", &four, "are not taken");
        refused("{'descr': '<U4', 'fortran_order': False, 'shape': (), }", &four, "`<U4` are not taken");
        refused("{'descr': '<f4', 'fortran_order': Maybe, 'shape': (), }", &four, "neither True nor False");
        refused("{'descr': '<f4', 'fortran_order': False, 'shape': (-1,), }", &four, "no extent");
        refused("{'descr': '<f4', 'fortran_order': False}", &four, "missing");
        refused("{'descr': '|b1', 'fortran_order': False, 'shape': (2,), }", &[1, 7], "element 1 of a bool array is 7");
        let huge = "{'descr': '<f4', 'fortran_order': False, 'shape': (4294967296, 4294967296, 4), }";
        refused(huge, &four, "more bytes than can be addressed");
        refused("{'descr': '<f8', 'fortran_order': False, 'shape': (1099511627776,), }", &four, "over the limit");
    }

    #[test]
    fn a_bomb_is_not_inflated() {
        let zeros = vec![0; 1 << 24];
        refused("{'descr': '<f4', 'fortran_order': False, 'shape': (1,), }", &zeros, "more than 4");
    }

    #[test]
    fn names_must_count_from_nothing() {
        let dict = "{'descr': '<f4', 'fortran_order': False, 'shape': (), }";
        let named = |name| read_from(Cursor::new(archive(name, dict, &[0; 4], CompressionMethod::Stored)), "x.npz");
        assert!(named("a1.npy").unwrap_err().to_string().contains("no array `a0`"));
        assert!(named("x.npy").unwrap_err().to_string().contains("the name is not"));
        assert!(read_from(Cursor::new(b"not a zip".to_vec()), "x.npz").is_err());
    }
}
