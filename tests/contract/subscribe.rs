//! The contract's section on subscribe.
