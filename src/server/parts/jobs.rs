//! Jobs under way: their number, the requests that share them, and the replies that are owed when they are done.

use super::owner::{Owner, Purpose};
use std::{
    any::Any,
    collections::{HashMap, VecDeque},
    rc::Rc,
};

/// The most requests that share a job which may block. A request costs some hundred bytes until the job is done, even
/// if its client has left.
const MAX_JOINED: usize = 1024;

/// The threads that run a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Threads {
    /// The application's jobs, which may block for long.
    Jobs,
    /// Reads of files, which go on while the threads of jobs hang.
    Files,
    /// Computations, of which strangers can ask for many: they have a thread of their own, so that jobs do not wait.
    Computations,
}

/// The key of a job that requests share. Each kind of threads has keys of its own.
pub type Key = (Threads, String);

/// A request that shares a job, and the call `done` that takes the job's result.
struct Joined<F> {
    purpose: Purpose,
    done: F,
}

/// A reply that is owed to a request, because the job that the request shares is done.
pub struct Owed<F> {
    pub purpose: Purpose,
    pub done: F,
    pub result: Rc<dyn Any>,
}

/// All jobs under way. Each request that shares a job has an `F`, the call that takes the job's result.
pub struct Jobs<F> {
    /// The number of jobs whose results have not come back.
    under_way: usize,
    shared: HashMap<Key, Vec<Joined<F>>>,
    owed: VecDeque<Owed<F>>,
}

impl<F> Default for Jobs<F> {
    fn default() -> Self {
        Self {
            under_way: 0,
            shared: HashMap::new(),
            owed: VecDeque::new(),
        }
    }
}

impl<F> Jobs<F> {
    /// The number of jobs whose results have not come back, and of replies that are owed.
    pub fn outstanding(&self) -> usize {
        self.under_way + self.owed.len()
    }

    /// Counts a job that has begun.
    pub fn begin(&mut self) {
        self.under_way += 1;
    }

    /// Counts a job whose result has come back.
    pub fn end(&mut self) {
        self.under_way -= 1;
    }

    /// True if a job is under way that is shared under this key.
    pub fn is_shared(&self, key: &Key) -> bool {
        self.shared.contains_key(key)
    }

    /// Lets requests share a job that has begun, under this key, until the job is [done](Jobs::complete).
    pub fn share(&mut self, key: Key) {
        self.shared.insert(key, Vec::new());
    }

    /// Makes a request share the job under this key. False if no such job is under way, or if too many requests share
    /// the job. A computation has room for every request that waits, by `is_waiting`, and forgets the others: their
    /// `done` is not needed.
    pub fn join(
        &mut self,
        key: &Key,
        purpose: Purpose,
        done: F,
        mut is_waiting: impl FnMut(Owner) -> bool,
    ) -> bool {
        let Some(joined) = self.shared.get_mut(key) else {
            return false;
        };
        if key.0 == Threads::Computations {
            make_room(joined, |joined| is_waiting(joined.purpose.owner));
        } else if joined.len() >= MAX_JOINED {
            return false;
        }
        joined.push(Joined { purpose, done });
        true
    }

    /// Ends the sharing of the job under this key, which is done. The requests that share the job are owed replies, in
    /// the order in which they joined.
    pub fn complete(&mut self, key: &Key, result: &Rc<dyn Any>) {
        let joined = self.shared.remove(key).unwrap_or_default();
        self.owed.extend(joined.into_iter().map(|joined| Owed {
            purpose: joined.purpose,
            done: joined.done,
            result: Rc::clone(result),
        }));
    }

    /// True if replies are owed.
    pub fn owes(&self) -> bool {
        !self.owed.is_empty()
    }

    /// Takes out the reply that has been owed longest.
    pub fn next_owed(&mut self) -> Option<Owed<F>> {
        self.owed.pop_front()
    }
}

/// Makes room for another element in a list that is full: elements that are not there any more are removed, and a list
/// that is still full doubles. The list has room for at most twice as many elements as are there at a time, and a new
/// element costs three calls of `is_there` on average.
fn make_room<T>(list: &mut Vec<T>, is_there: impl FnMut(&T) -> bool) {
    if list.len() == list.capacity() {
        list.retain(is_there);
        list.reserve_exact(list.len() + 1);
    }
}

#[cfg(test)]
mod tests {
    use super::{super::owner::RouteName, *};
    use crate::reactor::Token;

    fn key(threads: Threads, name: &str) -> Key {
        (threads, name.to_owned())
    }

    fn purpose(number: u32) -> Purpose {
        Purpose {
            owner: Owner::Request(Token::numbered(number), number),
            route: RouteName::default(),
        }
    }

    /// Makes a request join a job, at a time when all requests wait.
    fn join(jobs: &mut Jobs<u32>, key: &Key, number: u32) -> bool {
        jobs.join(key, purpose(number), number, |_| true)
    }

    /// The requests that are owed replies, with the result.
    fn owed(jobs: &mut Jobs<u32>) -> Vec<(u32, Option<&'static str>)> {
        let next = std::iter::from_fn(|| jobs.next_owed());
        next.map(|owed| (owed.done, owed.result.downcast_ref().copied()))
            .collect()
    }

    #[test]
    fn requests_that_ask_while_a_job_is_under_way_share_its_result_in_their_order() {
        let mut jobs = Jobs::<u32>::default();
        let [ulm, files] = [Threads::Jobs, Threads::Files].map(|threads| key(threads, "Ulm"));
        assert!(!join(&mut jobs, &ulm, 1), "no job is under way");
        jobs.begin();
        jobs.share(ulm.clone());
        assert!(jobs.is_shared(&ulm) && !jobs.is_shared(&files));
        assert!(
            !join(&mut jobs, &files, 2),
            "each kind of threads has keys of its own"
        );
        assert!((3..6).all(|number| join(&mut jobs, &ulm, number)));
        assert_eq!((jobs.outstanding(), jobs.owes()), (1, false));
        jobs.end();
        jobs.complete(&ulm, &(Rc::new("found") as Rc<dyn Any>));
        assert_eq!((jobs.outstanding(), jobs.owes()), (3, true));
        let found = [3, 4, 5].map(|number| (number, Some("found")));
        assert_eq!((owed(&mut jobs), jobs.owes()), (found.to_vec(), false));
        assert!(!join(&mut jobs, &ulm, 6), "the job is done");
    }

    #[test]
    fn a_job_that_no_other_request_shares_owes_no_reply() {
        let mut jobs = Jobs::<u32>::default();
        let ulm = key(Threads::Jobs, "Ulm");
        jobs.share(ulm.clone());
        for _ in 0..2 {
            jobs.complete(&ulm, &(Rc::new(()) as Rc<dyn Any>));
            assert_eq!((jobs.outstanding(), jobs.is_shared(&ulm)), (0, false));
        }
    }

    #[test]
    fn a_bounded_number_of_requests_share_a_look_up() {
        let mut jobs = Jobs::<u32>::default();
        let ulm = key(Threads::Jobs, "Ulm");
        jobs.share(ulm.clone());
        let joined = (0..9999).take_while(|_| join(&mut jobs, &ulm, 1));
        assert_eq!(joined.count(), MAX_JOINED);
    }

    #[test]
    fn a_computation_has_room_for_every_request_that_waits_and_forgets_the_others() {
        let mut jobs = Jobs::<u32>::default();
        let drawing = key(Threads::Computations, "drawing");
        jobs.share(drawing.clone());
        for number in 1..=10_000 {
            let is_waiting = |owner| matches!(owner, Owner::Request(_, of) if of + 10 > number);
            assert!(jobs.join(&drawing, purpose(number), number, is_waiting));
        }
        jobs.complete(&drawing, &(Rc::new("drawn") as Rc<dyn Any>));
        let owed = owed(&mut jobs);
        assert!(owed.len() <= 21, "{}", owed.len());
        assert_eq!(owed.last(), Some(&(10_000, Some("drawn"))));
    }

    #[test]
    fn a_list_whose_elements_come_and_go_has_room_for_twice_as_many_as_are_there() {
        for present in [1, 10, 1000] {
            let (mut list, mut looks) = (Vec::new(), 0);
            for at in 0..100_000 {
                make_room(&mut list, |joined| {
                    looks += 1;
                    *joined + present > at
                });
                list.push(at);
            }
            assert!(list.capacity() <= 2 * present + 1, "{}", list.capacity());
            assert!(looks <= 300_000, "{looks}");
            assert!((100_000 - present..100_000).all(|at| list.contains(&at)));
        }
    }
}
