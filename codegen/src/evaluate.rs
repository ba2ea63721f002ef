//! What a kernel means: the slow, obvious evaluator that native code is held against.
