//! Elementary functions of complex numbers.
use crate::scalar::number::Real;
use num_complex::Complex;
macro_rules! plain { ($($name:ident $m:ident),+) => { $(
/// See the word of this name.
pub fn $name<T: Real>(z: Complex<T>) -> Complex<T> { z.$m() } )+ } }
plain!(acos acos, acosh acosh, asin asin, asinh asinh, atan atan, atanh atanh, cbrt cbrt, cosh cosh, cosine cos, exponential exp, log ln, sine sin, sinh sinh, sqrt sqrt, tan tan, tanh tanh);
/// exp(z) - 1.
pub fn exponential_minus_one<T: Real>(z: Complex<T>) -> Complex<T> {
    z.exp() - T::one()
}
/// log(1+z).
pub fn log_plus_one<T: Real>(z: Complex<T>) -> Complex<T> {
    (z + T::one()).ln()
}
/// 1/(1+exp(-z)).
pub fn logistic<T: Real>(z: Complex<T>) -> Complex<T> {
    ((-z).exp() + T::one()).inv()
}
/// 1/sqrt(z).
pub fn rsqrt<T: Real>(z: Complex<T>) -> Complex<T> {
    z.sqrt().inv()
}
/// z/|z|.
pub fn sign<T: Real>(z: Complex<T>) -> Complex<T> {
    let m = crate::scalar::modulus(z);
    if m == T::zero() { z } else { z / m }
}
/// x/y.
pub fn divide<T: Real>(x: Complex<T>, y: Complex<T>) -> Complex<T> {
    x / y
}
/// x^y.
pub fn power<T: Real>(x: Complex<T>, y: Complex<T>) -> Complex<T> {
    x.powc(y)
}
/// atan2.
pub fn atan2<T: Real>(y: Complex<T>, x: Complex<T>) -> Complex<T> {
    (y / x).atan()
}
