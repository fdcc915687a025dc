//! The order of events: that of the publishes where these did not overlap, else that in which most subscribers got them.
//! Pure.

use super::{
    positions::{FOLLOWS, NONE},
    receipts::Receipt,
};
use std::{
    cmp::Reverse,
    collections::{BinaryHeap, HashMap, HashSet},
};

/// Events between two events from which on their order counts as known.
const FAR: usize = 4096;
/// The most predecessors of an event that are told apart.
const MOST: usize = 8;

/// The events that subscribers got right before an event.
#[derive(Debug, Default)]
pub(super) struct Predecessors(Vec<Transition>);

/// A step from one event to another, and who took it first.
#[derive(Clone, Copy, Debug)]
pub(super) struct Transition {
    /// The ticket of the event before.
    pub(super) from: u32,
    pub(super) count: u32,
    pub(super) first: [Option<Receipt>; 2],
}

impl Predecessors {
    /// Adds a receipt right after the event with the ticket `from`.
    pub(super) fn add(&mut self, from: u32, receipt: Receipt) {
        if matches!(from, NONE | FOLLOWS) {
            return;
        }
        if let Some(known) = self.0.iter_mut().find(|it| it.from == from) {
            known.count += 1;
            if known.count == 2 {
                known.first[1] = Some(receipt);
            }
            return;
        }
        let transition = Transition {
            from,
            count: 1,
            first: [Some(receipt), None],
        };
        if self.0.len() < MOST {
            return self.0.push(transition);
        }
        // The step that most take is not among the rarest for long, whichever come first.
        if let Some(rarest) = self.0.iter_mut().min_by_key(|it| it.count) {
            *rarest = transition;
        }
    }

    /// Whether this subscriber is one of the first that got the event right after the event with the ticket `from`.
    pub(super) fn leads(&self, from: u32, subscriber: u32) -> bool {
        let step = self.0.iter().find(|it| it.from == from);
        let mut first = step.into_iter().flat_map(|it| it.first.iter().flatten());
        first.any(|receipt| receipt.subscriber == subscriber)
    }

    /// The steps to this event.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Transition> {
        self.0.iter()
    }
}

/// An event to be ordered.
#[derive(Clone, Copy, Debug)]
pub(super) struct Node<'a> {
    pub(super) ticket: u32,
    /// The moment of the publish, or of the first receipt.
    pub(super) moment: u64,
    /// When the publish was sent and answered, if this run published the event.
    pub(super) published: Option<(u64, Option<u64>)>,
    pub(super) receipts: u32,
    pub(super) before: &'a Predecessors,
}

impl Node<'_> {
    /// Whether this event was published, and the publish answered, before the publish of `other` was sent.
    fn precedes(&self, other: &Self) -> bool {
        match (self.published, other.published) {
            (Some((_, Some(answered))), Some((sent, _))) => answered < sent,
            _ => false,
        }
    }
}

/// The rank of each event in the order that is right.
pub(super) fn ranks(nodes: &[Node<'_>]) -> Vec<u32> {
    let mut graph = Graph::new(nodes);
    graph.add_publishes();
    graph.add_majorities();
    graph.sort()
}

/// The events, and which have to come before which. Behind the events stands a milestone for each answered publish: it is
/// passed when this publish and those answered before are.
struct Graph<'a> {
    nodes: &'a [Node<'a>],
    /// The vertices that come after each vertex.
    after: Vec<Vec<usize>>,
    /// The number of vertices that each vertex waits for.
    waits: Vec<u32>,
}

impl<'a> Graph<'a> {
    fn new(nodes: &'a [Node<'a>]) -> Self {
        Self {
            nodes,
            after: vec![Vec::new(); nodes.len()],
            waits: vec![0; nodes.len()],
        }
    }

    fn edge(&mut self, from: usize, to: usize) {
        self.after[from].push(to);
        self.waits[to] += 1;
    }

    /// Each publish comes after those that were answered before it was sent.
    fn add_publishes(&mut self) {
        let published = self.nodes.iter().enumerate();
        let answered = published.filter_map(|(at, node)| Some((node.published?.1?, at)));
        let mut answered: Vec<(u64, usize)> = answered.collect();
        answered.sort_unstable();
        let milestones = self.nodes.len();
        self.after.resize(milestones + answered.len(), Vec::new());
        self.waits.resize(milestones + answered.len(), 0);
        for (number, (_, at)) in answered.iter().enumerate() {
            self.edge(*at, milestones + number);
            if number > 0 {
                self.edge(milestones + number - 1, milestones + number);
            }
        }
        for at in 0..self.nodes.len() {
            let Some((sent, _)) = self.nodes[at].published else {
                continue;
            };
            let passed = answered.partition_point(|(moment, _)| *moment < sent);
            if passed > 0 {
                self.edge(milestones + passed - 1, at);
            }
        }
    }

    /// An event comes after another if more than half of the subscribers that had both got it right after the other.
    fn add_majorities(&mut self) {
        for (from, to) in most_taken(self.nodes) {
            self.edge(from, to);
        }
    }

    /// The rank of each event: ties, and circles, by moment.
    fn sort(mut self) -> Vec<u32> {
        let key = |at: usize| match self.nodes.get(at) {
            Some(node) => (node.moment, node.ticket, at),
            None => (0, 0, at),
        };
        let mut all: Vec<_> = (0..self.nodes.len()).map(key).collect();
        all.sort_unstable();
        let ready = (0..self.nodes.len()).filter(|at| self.waits[*at] == 0);
        let mut ready: BinaryHeap<_> = ready.map(|at| Reverse(key(at))).collect();
        let mut ranks = vec![u32::MAX; self.nodes.len()];
        let mut rank = 0;
        let mut left = all.into_iter();
        loop {
            let next = ready.pop().map(|Reverse((_, _, at))| at);
            let Some(at) = next.or_else(|| {
                left.by_ref()
                    .map(|(_, _, at)| at)
                    .find(|at| ranks[*at] == u32::MAX)
            }) else {
                return ranks;
            };
            if let Some(own) = ranks.get_mut(at) {
                if *own != u32::MAX {
                    continue;
                }
                *own = rank;
                rank += 1;
            }
            for after in std::mem::take(&mut self.after[at]) {
                self.waits[after] -= 1;
                if self.waits[after] == 0 {
                    let key = match self.nodes.get(after) {
                        Some(node) => (node.moment, node.ticket, after),
                        None => (0, 0, after),
                    };
                    ready.push(Reverse(key));
                }
            }
        }
    }
}

/// The place of each event in the list, by its ticket.
pub(super) fn places(nodes: &[Node<'_>]) -> HashMap<u32, usize> {
    let nodes = nodes.iter().enumerate();
    nodes.map(|(at, node)| (node.ticket, at)).collect()
}

/// The steps that more than half of the subscribers took that had both events, as far as the order of the publishes allows
/// them: the places of the event before and of the event after.
fn most_taken(nodes: &[Node<'_>]) -> Vec<(usize, usize)> {
    let places = places(nodes);
    let mut taken = Vec::new();
    for (to, node) in nodes.iter().enumerate() {
        for step in node.before.iter() {
            if let Some(from) = places.get(&step.from).copied() {
                let both = node.receipts.min(nodes[from].receipts);
                if 2 * step.count > both && !node.precedes(&nodes[from]) {
                    taken.push((from, to));
                }
            }
        }
    }
    taken
}

/// The backward steps of each event: the steps to it from an event that is known to come after it.
pub(super) fn backward<'a>(nodes: &'a [Node<'a>], ranks: &[u32]) -> Vec<(usize, Transition)> {
    let places = places(nodes);
    let mut next = vec![Vec::new(); nodes.len()];
    for (from, to) in most_taken(nodes) {
        next[from].push(to);
    }
    let steps = nodes
        .iter()
        .enumerate()
        .flat_map(|(at, node)| node.before.iter().map(move |step| (at, *step)));
    let is_backward = |(at, step): &(usize, Transition)| {
        places.get(&step.from).is_some_and(|from| {
            ranks[*from] > ranks[*at] && is_known(nodes, &next, ranks, *at, *from)
        })
    };
    steps.filter(is_backward).collect()
}

/// Whether the event `first` is known to come before the event `last`: by the publishes, or by steps that most took. Where
/// publishes overlap and many events are lost, few subscribers have both events, and their order is not known.
fn is_known(
    nodes: &[Node<'_>],
    next: &[Vec<usize>],
    ranks: &[u32],
    first: usize,
    last: usize,
) -> bool {
    let (mut seen, mut open) = (HashSet::from([first]), vec![first]);
    while let Some(at) = open.pop() {
        if at == last || nodes[at].precedes(&nodes[last]) || seen.len() > FAR {
            return true;
        }
        let further = next[at].iter().copied();
        open.extend(further.filter(|to| ranks[*to] <= ranks[last] && seen.insert(*to)));
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The events a, b, c, … in the orders in which subscribers 0, 1, … got them. `published` has the moments at which the
    /// publish of each event was sent and answered. Returns which subscriber got which event out of order.
    fn misordered(orders: &[&str], published: &[(u64, u64)]) -> Vec<(u32, char)> {
        let letters: Vec<char> = orders[0].chars().collect();
        let mut first_seen: Vec<char> = letters.clone();
        if published.is_empty() {
            first_seen.dedup();
        } else {
            first_seen.sort_unstable();
        }
        let ticket = |letter: char| {
            first_seen
                .iter()
                .position(|it| *it == letter)
                .unwrap_or_default() as u32
        };
        let mut before: Vec<Predecessors> =
            first_seen.iter().map(|_| Predecessors::default()).collect();
        for (number, order) in orders.iter().enumerate() {
            let mut last = NONE;
            for letter in order.chars() {
                before[ticket(letter) as usize].add(last, Receipt::of(number as u32));
                last = ticket(letter);
            }
        }
        let nodes: Vec<Node<'_>> = before
            .iter()
            .enumerate()
            .map(|(at, before)| Node {
                ticket: at as u32,
                moment: published.get(at).map_or(at as u64, |(sent, _)| *sent),
                published: published
                    .get(at)
                    .map(|(sent, answered)| (*sent, Some(*answered))),
                receipts: orders
                    .iter()
                    .filter(|order| order.contains(first_seen[at]))
                    .count() as u32,
                before,
            })
            .collect();
        let steps = backward(&nodes, &ranks(&nodes)).into_iter();
        let mut found: Vec<(u32, char)> = steps
            .flat_map(|(at, step)| {
                let letter = first_seen[at];
                step.first
                    .into_iter()
                    .flatten()
                    .map(move |receipt| (receipt.subscriber, letter))
            })
            .collect();
        found.sort_unstable();
        found
    }

    #[test]
    fn the_subscriber_that_got_events_in_another_order_is_named_whether_it_was_first_or_not() {
        for (orders, expected) in [
            (&["abcd", "abcd", "abcd"][..], &[][..]),
            (&["abcd", "acbd", "abcd"], &[(1, 'b')]),
            (&["acbd", "abcd", "abcd", "abcd"], &[(0, 'b')]),
            (&["abdefcg", "abcdefg", "abcdefg", "abcdefg"], &[(0, 'c')]),
            (&["abcdefg", "abcdefg", "abcdefg", "abdefcg"], &[(3, 'c')]),
            (
                &["dcba", "abcd", "abcd", "abcd"],
                &[(0, 'a'), (0, 'b'), (0, 'c')],
            ),
            (&["acd", "abcd", "abd", "abcd"], &[]),
            // Few had both b and c, and those that did agree.
            (&["cb", "c", "b", "c", "b", "cb", "c", "b"], &[]),
            // … and others have b and events around it.
            (&["acbd", "abd", "bd", "ab", "acd", "cd", "ac", "acbd"], &[]),
        ] {
            assert_eq!(misordered(orders, &[]), expected, "{orders:?}");
        }
    }

    #[test]
    fn the_order_of_publishes_that_did_not_overlap_is_right_whatever_most_got() {
        let apart = [(0, 1), (10, 11), (20, 21)];
        assert_eq!(
            misordered(&["abc", "acb", "acb"], &apart),
            [(1, 'b'), (2, 'b')]
        );
        let overlapping = [(0, 15), (10, 25), (20, 35)];
        assert_eq!(
            misordered(&["acb", "abc", "bac", "bac", "bac"], &overlapping),
            [(0, 'b'), (1, 'b')]
        );
        let overlapping = [(0, 15), (10, 35), (20, 30)];
        assert_eq!(
            misordered(&["abc", "acb", "acb", "acb"], &overlapping),
            [(0, 'c')]
        );
    }

    #[test]
    fn a_circle_of_majorities_ends() {
        let found = misordered(&["abc", "bca", "cab"], &[]);
        assert!(found.len() <= 3, "{found:?}");
    }
}
