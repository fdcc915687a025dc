//! The contract's section on http.
