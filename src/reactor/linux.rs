//! Linux: socket options and files of proc(5) that other systems do not have. `other.rs` has the same functions for the
//! other systems, and no other file depends on the system.

use mio::net::TcpStream;
#[cfg(feature = "frame")]
use nix::sys::{
    socket::{ControlMessageOwned, MsgFlags, recvmsg, setsockopt, sockopt::ReceiveTimestampns},
    time::TimeSpec,
};
#[cfg(feature = "frame")]
use socket2::{Domain, Protocol, Type};
use socket2::{SockFilter, SockRef, Socket};
use std::{
    collections::BTreeSet,
    ffi::OsStr,
    fs, io,
    os::{fd::AsFd, linux::net::SocketAddrExt, unix::ffi::OsStrExt, unix::net::SocketAddr},
    path::Path,
    time::Duration,
};
#[cfg(feature = "frame")]
use std::{io::IoSliceMut, os::fd::AsRawFd};

/// Lines for the log at the start: figures that this system does not give, and what is lost. Linux gives all of them.
pub(super) const MISSING: &[&str] = &[];
/// True if [`drop_input`] works on this system.
pub(crate) const DROPS_INPUT: bool = true;
/// The unit of processor and start times in `stat` (sysconf(3), `_SC_CLK_TCK`): a hundredth of a second on every Linux.
const PER_SECOND: f64 = 100.0;
/// The unit in which the kernel counts the buffers of sockets.
const PAGE: u64 = 4096;

/// Makes the kernel give up on a peer that acknowledges nothing for `patience` (tcp(7), `TCP_USER_TIMEOUT`).
pub(super) fn set_user_timeout(socket: &Socket, patience: Duration) -> io::Result<()> {
    socket.set_tcp_user_timeout(Some(patience))
}

/// Makes the kernel choose the port of a bound socket only when it connects (ip(7), `IP_BIND_ADDRESS_NO_PORT`): the port
/// must then be free for that peer, and not for all peers. The program alone makes connections from a bound socket.
pub(super) fn choose_port_late(socket: &Socket) -> io::Result<()> {
    #[cfg(feature = "frame")]
    nix::sys::socket::setsockopt(
        socket,
        nix::sys::socket::sockopt::IpBindAddressNoPort,
        &true,
    )?;
    let _ = socket;
    Ok(())
}

/// A socket that answers questions about connections without a wait (sock_diag(7)).
#[cfg(feature = "frame")]
pub(super) fn diagnosis() -> io::Result<Socket> {
    let (domain, kind) = (Domain::from(libc::AF_NETLINK), Type::DGRAM.nonblocking());
    Socket::new(
        domain,
        kind.cloexec(),
        Some(Protocol::from(libc::NETLINK_SOCK_DIAG)),
    )
}

/// Makes the kernel drop every packet for the socket (socket(7), `SO_ATTACH_FILTER`), as if a cable were unplugged.
pub(super) fn drop_input(stream: &impl AsFd) -> io::Result<()> {
    /// Returns 0, the number of bytes to keep of a packet (bpf(4) of BSD: `BPF_RET | BPF_K`).
    const KEEP_NOTHING: SockFilter = SockFilter::new(0x06, 0, 0, 0);
    SockRef::from(stream).attach_filter(&[KEEP_NOTHING])
}

/// Has the kernel stamp the input of a socket with the time of its arrival (socket(7), `SO_TIMESTAMPNS`).
#[cfg(feature = "frame")]
pub(super) fn stamp_input(stream: &TcpStream) -> io::Result<()> {
    Ok(setsockopt(stream, ReceiveTimestampns, &true)?)
}

/// The room that the kernel needs to tell a stamp.
#[cfg(feature = "frame")]
pub(crate) fn stamp_room() -> Vec<u8> {
    nix::cmsg_space!(TimeSpec)
}

/// Reads from a socket, and tells when the last segment of the input arrived, in the time since 1970, if the kernel
/// stamped it. `room` is [`stamp_room`].
#[cfg(feature = "frame")]
pub(crate) fn read_stamped(
    stream: &TcpStream,
    buffer: &mut [u8],
    room: &mut [u8],
) -> io::Result<(usize, Option<Duration>)> {
    let mut slices = [IoSliceMut::new(buffer)];
    let message = recvmsg::<()>(
        stream.as_raw_fd(),
        &mut slices,
        Some(room),
        MsgFlags::empty(),
    )?;
    let stamp = message.cmsgs()?.find_map(|control| match control {
        ControlMessageOwned::ScmTimestampns(stamp) => Some(Duration::from(stamp)),
        _ => None,
    });
    Ok((message.bytes, stamp))
}

/// The flags by which received descriptors are not inherited by programs that this program starts.
#[cfg(feature = "frame")]
pub(super) fn receive_flags() -> rustix::net::RecvFlags {
    rustix::net::RecvFlags::CMSG_CLOEXEC
}

/// The address of a unix socket: a path, or with `@` at its beginning an abstract name (unix(7)).
pub(crate) fn unix_address(name: &OsStr) -> io::Result<SocketAddr> {
    match name.as_bytes().strip_prefix(b"@") {
        Some(name) => SocketAddr::from_abstract_name(name),
        None => SocketAddr::from_pathname(name),
    }
}

/// The resident memory of a process, in bytes; of this process without a number.
pub(crate) fn resident(process: Option<u32>) -> Option<u64> {
    let process = process.map_or("self".to_owned(), |number| number.to_string());
    number(&format!("/proc/{process}/status"), "VmRSS:", "VmRSS:").map(|kibibytes| kibibytes * 1024)
}

/// The processor time of this process, of user and system, in seconds.
pub(crate) fn processor_time() -> Option<f64> {
    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    Some((field(&stat, 14)? + field(&stat, 15)?) / PER_SECOND)
}

/// The name and the release of the system, as `Linux 6.12.9`.
pub(crate) fn release() -> String {
    let read = |file: &str| fs::read_to_string(format!("/proc/sys/kernel/{file}"));
    let both = [read("ostype"), read("osrelease")].map(Result::unwrap_or_default);
    both.each_ref()
        .map(|it| it.trim())
        .join(" ")
        .trim()
        .to_owned()
}

/// The name of the processor (proc(5), `cpuinfo`), which not every architecture has.
pub(crate) fn processor_name() -> Option<String> {
    let text = fs::read_to_string("/proc/cpuinfo").ok()?;
    let line = text.lines().find(|line| line.starts_with("model name"))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

/// A process.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Process {
    /// Its number, and that of its parent.
    pub(crate) id: u32,
    pub(crate) parent: u32,
    pub(crate) session: u32,
    /// The first bytes of its name, padded with zeros (proc(5), `comm`).
    pub(crate) name: [u8; 15],
    /// The processor time that the process and its children that have ended used, of user and system, in seconds.
    pub(crate) seconds: f64,
}

/// All processes of this machine that this user may see.
pub(crate) fn processes() -> Vec<Process> {
    let folders = fs::read_dir("/proc").into_iter().flatten().flatten();
    let numbers = folders.filter_map(|folder| folder.file_name().to_str()?.parse().ok());
    numbers.filter_map(process).collect()
}

fn process(id: u32) -> Option<Process> {
    let stat = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    let times: Option<f64> = (14..=17).map(|number| field(&stat, number)).sum();
    Some(Process {
        id,
        parent: field(&stat, 4)? as u32,
        session: field(&stat, 6)? as u32,
        name: name(&stat)?,
        seconds: times? / PER_SECOND,
    })
}

/// The sockets that a process holds, by their numbers in the kernel (proc(5), `/proc/pid/fd`). None where this user may
/// not see them.
pub(crate) fn sockets(process: u32) -> BTreeSet<u64> {
    let links = fs::read_dir(format!("/proc/{process}/fd"))
        .into_iter()
        .flatten()
        .flatten();
    let number = |link: fs::DirEntry| {
        let target = fs::read_link(link.path()).ok()?;
        let number = target
            .to_str()?
            .strip_prefix("socket:[")?
            .strip_suffix(']')?;
        number.parse().ok()
    };
    links.filter_map(number).collect()
}

/// The memory of a process, in bytes, of which shared pages count by their part.
pub(crate) fn proportional(process: u32) -> Option<u64> {
    number(&format!("/proc/{process}/smaps_rollup"), "Pss:", "Pss:")
        .map(|kibibytes| kibibytes * 1024)
}

/// Counts of the kernel, of the whole machine since its start, that tell why connections were slow to be made.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct NetworkCounts {
    /// Requests for a connection (SYN) that were sent again, since no answer had come.
    pub(crate) syn_sent_again: u64,
    /// Connections that found the queue of a listener full (listen(2)).
    pub(crate) listen_overflows: u64,
    /// Requests for a connection that a listener has dropped for any reason, a full queue included.
    pub(crate) listen_drops: u64,
}

/// The counts of this machine's network (proc(5), `/proc/net/netstat`).
pub(crate) fn network_counts() -> Option<NetworkCounts> {
    let text = fs::read_to_string("/proc/net/netstat").ok()?;
    Some(NetworkCounts {
        syn_sent_again: tcp_count(&text, "TCPSynRetrans")?,
        listen_overflows: tcp_count(&text, "ListenOverflows")?,
        listen_drops: tcp_count(&text, "ListenDrops")?,
    })
}

/// A count of TCP in `netstat`: a line has the names, and the next line the counts in the same order.
fn tcp_count(text: &str, name: &str) -> Option<u64> {
    let mut lines = text.lines().filter(|line| line.starts_with("TcpExt:"));
    let (names, counts) = (lines.next()?, lines.next()?);
    let at = names.split(' ').position(|it| it == name)?;
    counts.split(' ').nth(at)?.parse().ok()
}

/// The start of this process, in seconds since 1970.
pub(crate) fn start_time() -> Option<f64> {
    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    let booted = number("/proc/stat", "btime ", "btime ")?;
    Some(booted as f64 + field(&stat, 22)? / PER_SECOND)
}

/// The number of open descriptors of this process. Since Linux 6.2 the folder's size is that number. Before, the size is 0,
/// and the descriptors are counted one by one, which takes some 30 ms for 20,000.
pub(crate) fn open_descriptors() -> Option<u64> {
    const FOLDER: &str = "/proc/self/fd";
    match fs::metadata(FOLDER).ok()?.len() {
        // The folder is read through a descriptor of its own.
        0 => Some((fs::read_dir(FOLDER).ok()?.count() as u64).saturating_sub(1)),
        count => Some(count),
    }
}

/// The memory that the kernel holds for the whole machine, in bytes: its own objects, sockets among them, and the buffers
/// of TCP. Only a change of the number is due to a single program.
pub(crate) fn kernel_memory() -> Option<u64> {
    let objects = number("/proc/meminfo", "Slab:", "Slab:")? * 1024;
    Some(objects + number("/proc/net/sockstat", "TCP:", " mem ")? * PAGE)
}

/// The number of ports that the kernel gives to connections that are made (ip(7), `ip_local_port_range`).
pub(crate) fn local_ports() -> Option<u64> {
    let text = fs::read_to_string("/proc/sys/net/ipv4/ip_local_port_range").ok()?;
    let (first, last) = text.trim().split_once(char::is_whitespace)?;
    let (first, last): (u64, u64) = (first.parse().ok()?, last.trim().parse().ok()?);
    Some(last.checked_sub(first)? + 1)
}

/// The most connections that may wait to be accepted by any program (listen(2), `somaxconn`).
pub(crate) fn most_backlog() -> Option<u64> {
    let text = fs::read_to_string("/proc/sys/net/core/somaxconn").ok()?;
    text.trim().parse().ok()
}

/// True if the effective user of this process is root: the second of real, effective, saved and file system user.
pub(crate) fn is_root() -> bool {
    let users = status_line("Uid:");
    users.is_some_and(|users| users.split_whitespace().nth(1) == Some("0"))
}

/// True if this process was started with `signal` ignored.
pub(crate) fn is_ignored(signal: i32) -> bool {
    let mask = status_line("SigIgn:").and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    mask.is_some_and(|mask| mask >> (signal - 1) & 1 == 1)
}

/// True if the path may name a file that is already open, as a descriptor of a process.
pub(crate) fn is_open_file(path: &Path) -> bool {
    path.starts_with("/dev") || path.starts_with("/proc")
}

/// The rest of a line of this process' `status`.
fn status_line(name: &str) -> Option<String> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    status
        .lines()
        .find_map(|line| line.strip_prefix(name).map(str::to_owned))
}

/// A field of `stat`, by its number in the manual, which counts from 1. The second field is a name in parentheses, which may itself
/// hold spaces and parentheses.
fn field(stat: &str, number: usize) -> Option<f64> {
    let (_, after_name) = stat.rsplit_once(')')?;
    after_name.split_whitespace().nth(number - 3)?.parse().ok()
}

/// The second field of `stat`, without its parentheses.
fn name(stat: &str) -> Option<[u8; 15]> {
    let (before, _) = stat.rsplit_once(')')?;
    let (_, name) = before.split_once('(')?;
    let mut padded = [0; 15];
    let length = name.len().min(padded.len());
    padded[..length].copy_from_slice(&name.as_bytes()[..length]);
    Some(padded)
}

/// The number behind `word` in the first line of `file` that begins with `begin`.
fn number(file: &str, begin: &str, word: &str) -> Option<u64> {
    let text = fs::read_to_string(file).ok()?;
    let line = text.lines().find(|line| line.starts_with(begin))?;
    line.split_once(word)?
        .1
        .split_whitespace()
        .next()?
        .parse()
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_counted_behind_the_name_whatever_the_name_holds() {
        let stat = "7 (a) b (c)) S 1 2 3";
        assert_eq!(field(stat, 4), Some(1.0));
        assert_eq!(field(stat, 6), Some(3.0));
        assert_eq!(field(stat, 7), None);
        assert_eq!(name(stat), Some(*b"a) b (c)\0\0\0\0\0\0\0"));
    }

    #[test]
    fn this_process_and_this_machine_are_known() {
        assert!(resident(None).is_some_and(|bytes| bytes > 100_000));
        assert!(resident(Some(0)).is_none());
        assert!(open_descriptors().is_some_and(|count| count >= 3));
        assert!(start_time().is_some_and(|seconds| seconds > 1e9));
        assert!(processor_time().is_some() && kernel_memory().is_some());
        assert!(local_ports().is_some_and(|count| count > 0));
        assert!(most_backlog().is_some_and(|count| count > 0));
    }

    #[test]
    fn a_count_of_the_network_stands_under_its_name() {
        let text = "TcpExt: SyncookiesSent ListenOverflows ListenDrops TCPSynRetrans\n\
                    TcpExt: 0 12 13 4000000000\nIpExt: ListenDrops\nIpExt: 9\n";
        for (name, count) in [
            ("ListenOverflows", Some(12)),
            ("ListenDrops", Some(13)),
            ("TCPSynRetrans", Some(4_000_000_000)),
            ("Listen", None),
        ] {
            assert_eq!(tcp_count(text, name), count, "{name}");
        }
        assert_eq!(tcp_count("TcpExt: ListenDrops\n", "ListenDrops"), None);
        assert!(network_counts().is_some());
    }

    #[test]
    fn the_sockets_of_a_process_are_told_apart_from_those_of_another() {
        use std::process::{Command, Stdio, id};
        let _listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let mut command = Command::new("sleep");
        command.arg("60").stdin(Stdio::null());
        command.stdout(Stdio::null()).stderr(Stdio::null());
        let mut other = command.spawn().unwrap();
        let [own, others] = [id(), other.id()].map(sockets);
        other.kill().unwrap();
        other.wait().unwrap();
        assert!(
            !own.is_empty() && own.is_disjoint(&others),
            "{own:?} {others:?}"
        );
    }

    #[test]
    fn this_process_is_among_the_processes_with_its_parent() {
        let all = processes();
        let this = all.iter().find(|it| it.id == std::process::id()).unwrap();
        assert_eq!(this.parent, std::os::unix::process::parent_id());
        assert!(proportional(this.id).is_some_and(|bytes| bytes > 100_000));
    }

    #[test]
    fn a_signal_is_ignored_if_the_process_was_started_so() {
        assert!(!is_ignored(signal_hook::consts::SIGUSR1));
        // The Rust runtime ignores this signal at the start of every program.
        assert!(is_ignored(signal_hook::consts::SIGPIPE));
    }
}
