//! Constants as a graph holds them: one element repeated stays one element.

use crate::shape::{TensorType, TooLarge};
use crate::tensor::Tensor;
use brolga_codegen::{DType, Element};

/// A constant tensor. Equality compares types and bits.
///
/// Invariant: a dense constant whose elements all have the same bits is held as a splat if it has more than one element.
#[derive(Clone, PartialEq, Debug)]
pub struct Literal {
    ty: TensorType,
    elements: Elements,
}

#[derive(Clone, PartialEq, Debug)]
enum Elements {
    /// Rank 0: repeated as often as the type says.
    Splat(Tensor),
    Dense(Tensor),
}

impl Literal {
    /// One element, given as a tensor of rank 0, repeated over `shape`.
    pub fn splat(element: &Tensor, shape: &[usize]) -> Result<Literal, TooLarge> {
        let ty = TensorType::of(element.dtype(), shape);
        ty.check()?;
        let element = element.reshaped(&[]).expect("law: a splat is made of one element");
        let elements = if ty.count() == Some(0) {
            Elements::Dense(Tensor::zeros(element.dtype(), shape)?)
        } else {
            Elements::Splat(element)
        };
        Ok(Literal { ty, elements })
    }

    /// One number repeated over `shape`.
    pub fn filled<T: Element>(element: T, shape: &[usize]) -> Result<Literal, TooLarge> {
        Literal::splat(&Tensor::scalar(element), shape)
    }

    /// The type.
    pub fn ty(&self) -> &TensorType {
        &self.ty
    }

    /// Type of the elements.
    pub fn dtype(&self) -> DType {
        self.ty.dtype
    }

    /// The element (rank 0) that is repeated, where it is one. A scalar is a splat.
    pub fn as_splat(&self) -> Option<&Tensor> {
        match &self.elements {
            Elements::Splat(element) => Some(element),
            Elements::Dense(_) => None,
        }
    }

    /// All elements; a splat is written out, so this may allocate.
    pub fn to_tensor(&self) -> Result<Tensor, TooLarge> {
        let extents = self.ty.extents().expect("law: a constant's extents are known");
        match &self.elements {
            Elements::Dense(tensor) => Ok(tensor.clone()),
            Elements::Splat(element) if extents.is_empty() => Ok(element.clone()),
            Elements::Splat(element) => match element.strings() {
                Some(strings) => {
                    let n = Tensor::zeros(DType::String, &extents)?.len();
                    let copies = vec![strings[0].clone(); n];
                    Ok(Tensor::from_strings(&extents, copies).expect("law: as many strings as elements"))
                }
                None => Tensor::build(element.dtype(), &extents, |out| {
                    let size = element.dtype().size();
                    out.bytes().chunks_exact_mut(size).for_each(|place| place.copy_from_slice(element.bytes()));
                }),
            },
        }
    }
}

impl From<Tensor> for Literal {
    /// The constant with these elements; found to be a splat where all have the same bits.
    fn from(tensor: Tensor) -> Literal {
        let ty = tensor.ty();
        let first = match (tensor.strings(), tensor.dtype().size()) {
            (Some(strings), _) => strings
                .first()
                .filter(|first| strings.iter().all(|s| s == *first))
                .map(|first| Tensor::from_strings(&[], vec![first.clone()]).expect("law: one string is a scalar")),
            (None, size) => {
                let mut elements = tensor.bytes().chunks_exact(size);
                elements.next().filter(|first| elements.all(|e| e == *first)).map(|first| {
                    Tensor::build(tensor.dtype(), &[], |out| out.bytes().copy_from_slice(first))
                        .expect("law: a scalar can be allocated")
                })
            }
        };
        match first {
            Some(element) => Literal { ty, elements: Elements::Splat(element) },
            None => Literal { ty, elements: Elements::Dense(tensor) },
        }
    }
}
