//! A pool: a few threads and a bounded queue, for jobs that block. The pool does not know the loop.
//!
//! The loop never waits for a thread. A thread reports the result of a job, and the report wakes the loop
//! (`reactor::Mailbox`). The queue is bounded, since a 503 at once is better than an answer after the client has given up.
//! An application submits jobs by `Context::defer`.

use std::{
    io,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
        mpsc::{Receiver, Sender, channel},
    },
    thread,
};

type Job = Box<dyn FnOnce() + Send>;

/// Threads that take jobs from one queue in the order of submission. A job that panics does not end its thread.
///
/// Submitting never blocks: the queue is a lock-free list, and only the threads take the lock, whose holder waits for the
/// next job. After the pool was dropped, the threads still run the jobs in the queue.
///
/// ```
/// use picture_frame::pool::Pool;
/// use std::sync::mpsc::channel;
///
/// let pool = Pool::new("job", 2, 10)?;
/// let (mailbox, inbox) = channel();
/// pool.submit(|| 6 * 7, move |result| mailbox.send(result).expect("the loop listens"))
///     .expect("the queue has room");
/// assert_eq!(inbox.recv(), Ok(Ok(42)));
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct Pool {
    queue: Sender<Job>,
    /// Jobs submitted and not yet ended.
    outstanding: Arc<AtomicUsize>,
    most: usize,
}

/// The error of a pool whose threads are all busy and whose queue is at its bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Full;

/// The error of a job that panicked. The panic's message is in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Panicked;

impl Pool {
    /// Starts `threads` threads, named after `name`. Besides the jobs that they run, `waiting` jobs may wait.
    ///
    /// # Errors
    ///
    /// When the system refuses a thread.
    pub fn new(name: &str, threads: usize, waiting: usize) -> io::Result<Self> {
        let (queue, jobs) = channel();
        let jobs = Arc::new(Mutex::new(jobs));
        for number in 0..threads {
            let jobs = Arc::clone(&jobs);
            thread::Builder::new()
                .name(format!("{name}-{number}"))
                .spawn(move || work(&jobs))?;
        }
        Ok(Self {
            queue,
            outstanding: Arc::default(),
            most: threads.saturating_add(waiting),
        })
    }

    /// Submits `job`. A thread runs it and then calls `report` with its result.
    ///
    /// # Errors
    ///
    /// [`Full`] if the queue is full; then neither function is called.
    pub fn submit<T>(
        &self,
        job: impl FnOnce() -> T + Send + 'static,
        report: impl FnOnce(Result<T, Panicked>) + Send + 'static,
    ) -> Result<(), Full> {
        if self.outstanding.fetch_add(1, Ordering::Relaxed) >= self.most {
            self.outstanding.fetch_sub(1, Ordering::Relaxed);
            return Err(Full);
        }
        let outstanding = Arc::clone(&self.outstanding);
        let job = move || {
            let result = catch_unwind(AssertUnwindSafe(job)).map_err(|_| Panicked);
            outstanding.fetch_sub(1, Ordering::Relaxed);
            report(result);
        };
        self.queue.send(Box::new(job)).map_err(|_| Full)
    }
}

/// Runs job after job, until the pool is dropped and the queue is empty.
fn work(jobs: &Mutex<Receiver<Job>>) {
    loop {
        let job = jobs
            .lock()
            .expect("no thread panics while it waits for a job")
            .recv();
        let Ok(job) = job else { return };
        job();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;

    #[test]
    fn a_job_is_run_and_reported() {
        let pool = Pool::new("test", 2, 0).unwrap();
        let (tell, told) = mpsc::channel();
        pool.submit(|| 6 * 7, move |result| tell.send(result).unwrap())
            .unwrap();
        assert_eq!(told.recv(), Ok(Ok(42)));
    }

    #[test]
    fn a_job_that_panics_is_reported_and_its_thread_lives() {
        let pool = Pool::new("test", 1, 1).unwrap();
        for _ in 0..2 {
            let (tell, told) = mpsc::channel();
            let job = || -> () { panic!("on purpose") };
            pool.submit(job, move |result| tell.send(result).unwrap())
                .unwrap();
            assert_eq!(
                told.recv(),
                Ok(Err(Panicked)),
                "a job that panics is reported as any other; else its client waits for ever, and the pool has a thread less"
            );
        }
    }

    #[test]
    fn a_job_beyond_the_threads_and_the_queue_is_refused_until_a_job_ends() {
        let pool = Pool::new("test", 2, 3).unwrap();
        let (release, wait) = mpsc::channel::<()>();
        let wait = Arc::new(Mutex::new(wait));
        let (tell, told) = mpsc::channel();
        let submit = || {
            let (wait, tell) = (Arc::clone(&wait), tell.clone());
            pool.submit(
                move || wait.lock().unwrap().recv().unwrap(),
                move |_| tell.send(()).unwrap(),
            )
        };
        for _ in 0..5 {
            assert_eq!(submit(), Ok(()));
        }
        assert_eq!(submit(), Err(Full));
        release.send(()).unwrap();
        told.recv().unwrap();
        assert_eq!(submit(), Ok(()));
        for _ in 0..5 {
            release.send(()).unwrap();
        }
    }
}
