//! The contract's section on publish.
