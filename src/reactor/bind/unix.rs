//! Unix sockets and their files (unix(7)): a file stays when its program is gone, and then keeps the next program from
//! its name.

use socket2::{Domain, SockAddr, Socket, Type};
use std::{
    fs, io,
    os::unix::{
        fs::{FileTypeExt, MetadataExt, PermissionsExt},
        net::UnixListener,
    },
    path::{Path, PathBuf},
};

/// The mode of a socket's file: who may write to the file may connect.
const MODE: u32 = 0o660;

/// The file of a socket. It is removed when this is dropped, unless another file has its name by then. The socket must
/// be open until then: its file's number is not given to another file before.
#[derive(Debug)]
pub(in crate::reactor) struct SocketFile {
    path: PathBuf,
    /// The device and the number of the file. `None` for a file of another process.
    identity: Option<(u64, u64)>,
}

impl SocketFile {
    /// The file that is at this path.
    fn at(path: &Path) -> io::Result<Self> {
        Ok(Self {
            path: path.to_owned(),
            identity: Some(identity(path)?),
        })
    }

    /// The file of another process, which is to be [owned](Self::own) later.
    #[cfg(feature = "frame")]
    pub(in crate::reactor) fn of_another(path: PathBuf) -> Self {
        let identity = None;
        Self { path, identity }
    }

    /// Makes the file this process's, which removes it.
    #[cfg(feature = "frame")]
    pub(in crate::reactor) fn own(&mut self) {
        self.identity = identity(&self.path).ok();
    }

    /// Leaves the file to another process.
    #[cfg(feature = "frame")]
    pub(in crate::reactor) fn leave(mut self) {
        self.identity = None;
    }
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        if self.identity.is_some()
            && identity(&self.path).ok() == self.identity
            && let Err(error) = fs::remove_file(&self.path)
        {
            log::warn!("{} cannot be removed: {error}", self.path.display());
        }
    }
}

fn identity(path: &Path) -> io::Result<(u64, u64)> {
    let file = fs::symlink_metadata(path)?;
    Ok((file.dev(), file.ino()))
}

/// True if the path names something that is no socket, which must not be replaced.
fn is_other_file(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|file| !file.file_type().is_socket())
}

/// Finds what would keep a socket from its path.
pub(super) fn check(path: &Path) -> io::Result<()> {
    if is_other_file(path) {
        return Err(io::ErrorKind::AlreadyExists.into());
    }
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    match folder {
        Some(folder) if !folder.is_dir() => Err(io::Error::from_raw_os_error(libc::ENOENT)),
        _ => Ok(()),
    }
}

/// Makes a listening, non-blocking socket on `path`, in place of a socket on which no program listens.
pub(super) fn bind(path: &Path, backlog: i32) -> io::Result<(UnixListener, SocketFile)> {
    let socket = Socket::new(Domain::UNIX, Type::STREAM, None)?;
    socket.set_nonblocking(true)?;
    let address = SockAddr::unix(path)?;
    if let Err(error) = socket.bind(&address) {
        if error.kind() != io::ErrorKind::AddrInUse {
            return Err(error);
        }
        make_way(path, &address)?;
        socket.bind(&address)?;
    }
    let file = SocketFile::at(path)?;
    // Before the socket listens no client can connect, whatever the mode is.
    fs::set_permissions(path, fs::Permissions::from_mode(MODE))?;
    socket.listen(backlog)?;
    Ok((socket.into(), file))
}

/// Removes the file of a socket on which no program listens.
fn make_way(path: &Path, address: &SockAddr) -> io::Result<()> {
    if is_other_file(path) {
        return Err(io::ErrorKind::AlreadyExists.into());
    }
    let probe = Socket::new(Domain::UNIX, Type::STREAM, None)?;
    // A program whose backlog is full does not make this one wait (connect(2), `EAGAIN`).
    probe.set_nonblocking(true)?;
    match probe.connect(address) {
        Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => fs::remove_file(path),
        Err(error) if error.kind() != io::ErrorKind::WouldBlock => Err(error),
        _ => Err(io::ErrorKind::AddrInUse.into()),
    }
}
