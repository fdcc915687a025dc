//! Connections by client address, if their number is bounded: the connections of a single address must not take all
//! places.

use crate::reactor::Token;
use std::{collections::HashMap, net::IpAddr};

/// The connections that are counted, by address. The server keeps none here if there is no bound.
pub struct Addresses {
    most: usize,
    counts: HashMap<IpAddr, usize>,
    of: HashMap<Token, IpAddr>,
}

impl Addresses {
    /// Makes a counter that allows `most` connections of each address.
    pub fn new(most: usize) -> Self {
        Self {
            most,
            counts: HashMap::new(),
            of: HashMap::new(),
        }
    }

    /// True if connections are counted at all.
    pub fn are_counted(&self) -> bool {
        self.most < usize::MAX
    }

    /// Counts a connection for an address, in place of the address that it counted for before. False if the address has
    /// as many connections as are allowed: the connection then counts for no address.
    pub fn enter(&mut self, at: Token, address: IpAddr) -> bool {
        if self.of.get(&at) == Some(&address) {
            return true;
        }
        self.leave(at);
        let count = self.counts.entry(address).or_default();
        if *count >= self.most {
            return false;
        }
        *count += 1;
        self.of.insert(at, address);
        true
    }

    /// Stops counting a connection that is closed.
    pub fn leave(&mut self, at: Token) {
        let Some(address) = self.of.remove(&at) else {
            return;
        };
        if let Some(count) = self.counts.get_mut(&address) {
            *count -= 1;
            if *count == 0 {
                self.counts.remove(&address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(number: u32) -> Token {
        Token::numbered(number)
    }

    #[test]
    fn an_address_has_a_bounded_number_of_connections_and_a_closed_connection_makes_room() {
        let [one, other] = [IpAddr::from([192, 0, 2, 1]), IpAddr::from([192, 0, 2, 2])];
        let mut addresses = Addresses::new(2);
        assert!(addresses.enter(token(1), one) && addresses.enter(token(2), one));
        assert!(!addresses.enter(token(3), one) && addresses.enter(token(3), other));
        assert!(
            addresses.enter(token(2), one),
            "the connection is counted already"
        );
        addresses.leave(token(1));
        assert!(addresses.enter(token(4), one) && !addresses.enter(token(1), one));
        for number in 1..=4 {
            addresses.leave(token(number));
        }
        assert!(addresses.counts.is_empty() && addresses.of.is_empty());
    }

    #[test]
    fn a_connection_counts_for_the_client_that_used_it_last() {
        let [one, other] = [IpAddr::from([192, 0, 2, 1]), IpAddr::from([192, 0, 2, 2])];
        let mut addresses = Addresses::new(1);
        assert!(addresses.enter(token(1), one));
        assert!(addresses.enter(token(1), other));
        assert!(addresses.enter(token(2), one) && !addresses.enter(token(3), other));
    }
}
