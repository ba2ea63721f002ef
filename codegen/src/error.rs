//! Why a plan could not be compiled, or did not finish.
