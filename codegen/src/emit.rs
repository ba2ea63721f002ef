//! From verified kernels and plans to Cranelift IR.
