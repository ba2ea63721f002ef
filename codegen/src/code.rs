//! Compiled programs: a plan's machine code, owned, callable and freed on drop.
