//! The names that channels ever had: they tell a misspelt name from the name of a channel that has closed.

use std::{
    collections::HashSet,
    hash::{BuildHasher, RandomState},
};

/// The most names that are remembered, since strangers may choose them. After so many, every name counts as known.
const MOST_KNOWN: usize = 1024;

/// The hashes of the names.
#[derive(Default)]
pub struct KnownNames {
    hashes: HashSet<u64>,
    hasher: RandomState,
}

impl KnownNames {
    /// Remembers a name.
    pub fn add(&mut self, name: &str) {
        if self.hashes.len() < MOST_KNOWN {
            self.hashes.insert(self.hasher.hash_one(name));
        }
    }

    /// True if a channel may have had this name.
    pub fn has(&self, name: &str) -> bool {
        self.hashes.len() >= MOST_KNOWN || self.hashes.contains(&self.hasher.hash_one(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_known_once_it_was_added_and_beyond_a_bound_every_name_is_known() {
        let mut names = KnownNames::default();
        for name in 0..MOST_KNOWN {
            let name = name.to_string();
            assert!(!names.has(&name) && !names.has("other"));
            names.add(&name);
            assert!(names.has(&name));
        }
        names.add("beyond");
        assert!(names.has("other") && names.hashes.len() == MOST_KNOWN);
    }
}
