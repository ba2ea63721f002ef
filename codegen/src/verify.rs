//! Checks a kernel, a scalar function and a plan before they are run or emitted.
