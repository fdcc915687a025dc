//! Upgrades of the server in the middle of a run: a thread sends SIGUSR2 again and again, and follows the server from
//! process to process.

use crate::reactor::system::{self, Process};
use rustix::process::{Pid, Signal, kill_process};
use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering::Relaxed},
        mpsc::{Receiver, RecvTimeoutError, Sender, channel},
    },
    thread,
    time::{Duration, Instant},
};

/// The longest wait for a new process.
const PATIENCE: Duration = Duration::from_secs(30);
/// The time between two looks at the processes.
const LOOK: Duration = Duration::from_millis(5);

/// Begins the upgrades, one each time `every` has passed, until the returned value is dropped. The present process of
/// the server is in `process`.
pub(super) fn begin(every: Duration, process: Arc<AtomicU32>) -> Sender<()> {
    let (until, over) = channel();
    let work = move || upgrade_on(every, &process, &over);
    if let Err(error) = thread::Builder::new()
        .name("upgrades".to_owned())
        .spawn(work)
    {
        log::warn!("the server is not upgraded: {error}");
    }
    until
}

fn upgrade_on(every: Duration, process: &AtomicU32, over: &Receiver<()>) {
    for number in 1.. {
        if over.recv_timeout(every) != Err(RecvTimeoutError::Timeout) {
            return;
        }
        let old = process.load(Relaxed);
        match upgrade(old) {
            Ok(new) => {
                process.store(new, Relaxed);
                log::info!("upgrade {number}: the process {new} has taken over from {old}");
            }
            Err(why) => return log::error!("upgrade {number} of the process {old} failed: {why}"),
        }
    }
}

/// Has a new process take over from the process `old`. Returns its number.
fn upgrade(old: u32) -> Result<u32, String> {
    let pid = i32::try_from(old).ok().and_then(Pid::from_raw);
    let (before, held) = (system::processes(), system::sockets(old));
    let sent = kill_process(pid.ok_or("there is no such process")?, Signal::USR2);
    sent.map_err(|error| error.to_string())?;
    let begun = Instant::now();
    while begun.elapsed() < PATIENCE {
        if is_ended(old) {
            let mut heirs = heirs(&before, &system::processes(), old);
            // The process that has checked the options may have no parent to ask for its status.
            heirs.retain(|heir| !is_ended(*heir) && has_some(*heir, &held));
            return heirs.pop().ok_or("no process is left".to_owned());
        }
        thread::sleep(LOOK);
    }
    Err("no other process has taken over".to_owned())
}

/// The processes of `after` that may have taken over from the process `old`: those that were not there `before`, of its
/// session and its name. Its children have another parent once it has ended.
fn heirs(before: &[Process], after: &[Process], old: u32) -> Vec<u32> {
    let Some(old) = before.iter().find(|process| process.id == old) else {
        return Vec::new();
    };
    let is_new = |id: u32| !before.iter().any(|process| process.id == id);
    let heirs = after.iter().filter(|process| {
        is_new(process.id) && process.session == old.session && process.name == old.name
    });
    heirs.map(|process| process.id).collect()
}

/// True if a process has some of the sockets that the old process held, which it hands over. Another server that was
/// started meanwhile in the same session has none of them. Also true if the old process' sockets are not known.
fn has_some(process: u32, held: &BTreeSet<u64>) -> bool {
    held.is_empty() || !held.is_disjoint(&system::sockets(process))
}

/// True if a process has ended, whether or not its parent has asked for its status: then it has no memory.
fn is_ended(process: u32) -> bool {
    system::resident(Some(process)).is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn processes(all: &[(u32, u32, u8)]) -> Vec<Process> {
        let process = |&(id, session, name): &(u32, u32, u8)| Process {
            id,
            parent: 1,
            session,
            name: [name; 15],
            seconds: 0.0,
        };
        all.iter().map(process).collect()
    }

    #[test]
    fn the_process_that_takes_over_is_known_by_its_session_and_name_once_its_parent_has_ended() {
        let before = processes(&[(5, 2, b'p'), (6, 2, b'p'), (7, 3, b'q')]);
        for (after, expected) in [
            (&[(6, 2, b'p'), (9, 2, b'p')][..], &[9][..]),
            (&[(8, 3, b'p'), (9, 2, b'q'), (6, 2, b'p')], &[]),
            (&[], &[]),
        ] {
            assert_eq!(heirs(&before, &processes(after), 5), expected, "{after:?}");
        }
        assert!(heirs(&before, &processes(&[(9, 2, b'p')]), 4).is_empty());
    }

    #[test]
    fn a_process_without_any_of_the_sockets_has_not_taken_over() {
        let own = std::process::id();
        assert!(has_some(own, &BTreeSet::new()), "they are not known");
        // No socket has this number.
        assert!(!has_some(own, &BTreeSet::from([0])));
    }
}
