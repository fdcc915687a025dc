//! The faults that a report names: the first of each kind, with the event and the subscriber. Pure.

use super::{positions::NONE, receipts::Receipt};
use crate::load::report::which::{EventName, Instance, Kind, MOST, SubscriberName, Which};
use std::{
    collections::HashMap,
    net::{IpAddr, SocketAddr},
};
use strum::IntoEnumIterator;

/// A fault; events are told by their tickets.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fault {
    pub(super) receipt: Receipt,
    pub(super) event: u32,
    pub(super) before: u32,
    pub(super) after: u32,
    /// The event has no marker of this run, and is known by its id alone.
    pub(super) by_id: bool,
}

/// The first faults of each kind.
#[derive(Debug, Default)]
pub(super) struct Faults {
    all: Vec<(Kind, Fault)>,
    /// Faults whose subscribers did not get a further event so far.
    awaiting: u32,
    /// The names of events that the ledger has forgotten.
    names: HashMap<u32, EventName>,
    /// Faults about publishes.
    pub(super) of_publishes: Which,
    /// The local addresses of subscribers.
    addresses: Vec<IpAddr>,
}

impl Faults {
    /// Whether a further fault of this kind would be kept.
    pub(super) fn has_room(&self, kind: Kind) -> bool {
        self.all.iter().filter(|(it, _)| *it == kind).count() < MOST
    }

    /// Keeps a fault, if there is room.
    pub(super) fn keep(&mut self, kind: Kind, fault: Fault) {
        if self.has_room(kind) {
            self.all.push((kind, fault));
        }
    }

    /// Keeps a fault that was found right when it came, if there is room: the event after is still to come.
    pub(super) fn find(&mut self, kind: Kind, fault: Fault) {
        if self.has_room(kind) {
            self.all.push((kind, fault));
            self.awaiting += 1;
        }
    }

    /// A subscriber got an event: it is the event after the faults that the subscriber found last.
    pub(super) fn goes_on(&mut self, subscriber: u32, ticket: u32) {
        if self.awaiting == 0 {
            return;
        }
        let found = self.all.iter_mut().map(|(_, fault)| fault);
        for fault in found.filter(|it| it.receipt.subscriber == subscriber && it.after == NONE) {
            if fault.event != ticket {
                fault.after = ticket;
                self.awaiting = self.awaiting.saturating_sub(1);
            }
        }
    }

    /// The index of a local address.
    pub(super) fn address(&mut self, address: IpAddr) -> u16 {
        let known = self.addresses.iter().position(|it| *it == address);
        let index = known.unwrap_or_else(|| {
            self.addresses.push(address);
            self.addresses.len() - 1
        });
        u16::try_from(index).unwrap_or(u16::MAX)
    }

    /// Keeps the names of events that the faults are about, before the ledger forgets them.
    pub(super) fn remember(&mut self, name: impl Fn(u32) -> Option<EventName>) {
        for (_, fault) in &self.all {
            for ticket in [fault.event, fault.before, fault.after] {
                if let Some(name) = name(ticket) {
                    self.names.insert(ticket, name);
                }
            }
        }
    }

    /// The faults by their names. Faults of events that are known by id alone are left out if `only_markers`.
    pub(super) fn finish(
        mut self,
        only_markers: bool,
        name: impl Fn(u32) -> Option<EventName>,
    ) -> Which {
        self.remember(name);
        let mut which = std::mem::take(&mut self.of_publishes);
        for kind in Kind::iter() {
            let of_kind = self.all.iter().filter(|(it, _)| *it == kind);
            let mut faults: Vec<&Fault> = of_kind.map(|(_, fault)| fault).collect();
            faults.retain(|fault| !(only_markers && fault.by_id));
            faults.sort_by_key(|fault| fault.receipt.at);
            for fault in faults {
                which.keep(kind, self.instance(fault));
            }
        }
        which
    }

    fn instance(&self, fault: &Fault) -> Instance {
        let name = |ticket: u32| self.names.get(&ticket).cloned();
        let receipt = &fault.receipt;
        let local = receipt.visit.local;
        let address = self.addresses.get(usize::from(local.address));
        Instance {
            event: name(fault.event),
            subscriber: Some(SubscriberName {
                number: receipt.subscriber,
                address: address
                    .filter(|_| local.port > 0)
                    .map(|address| SocketAddr::new(*address, local.port)),
            }),
            at: f64::from(receipt.at) / 1000.0,
            reconnects: receipt.visit.reconnects,
            before: name(fault.before),
            after: name(fault.after),
        }
    }
}
