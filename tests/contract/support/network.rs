//! A machine of its own, as far as the network goes (network_namespaces(7)), with cables that can be unplugged.

use super::programs;
use rustix::fs::{FlockOperation, flock};
use std::{
    fs::File,
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    process::{self, Command},
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering::Relaxed},
    },
};

/// Number of cables that this process has made: each has an address and a device name of its own.
static CABLES: AtomicU32 = AtomicU32::new(0);
/// Errors of a kernel that does not let this process make a network namespace.
const FORBIDDEN: [&str; 3] = ["not permitted", "denied", "not supported"];

/// The devices and addresses of this machine. When they change, a browser gives up what it loads, so no browser runs
/// meanwhile, of this process or of another process of these tests.
pub struct Devices {
    /// Locked (flock(2)) until it is closed.
    _lock: File,
}

impl Devices {
    /// Waits until they stay as they are.
    pub fn steady() -> Self {
        Self::locked(FlockOperation::LockShared)
    }

    /// Waits until they may change.
    fn changing() -> Self {
        Self::locked(FlockOperation::LockExclusive)
    }

    fn locked(how: FlockOperation) -> Self {
        let place = Path::new(env!("CARGO_TARGET_TMPDIR")).join("devices.lock");
        let lock = File::create(place).unwrap();
        flock(&lock, how).unwrap();
        Self { _lock: lock }
    }
}

/// A network namespace, removed with all that is in it when it is dropped.
pub struct Machine {
    ip: PathBuf,
    pub name: String,
    devices: Arc<Devices>,
}

/// A cable between this machine and the other: a pair of virtual devices (veth(4)).
pub struct Cable {
    ip: PathBuf,
    device: String,
    /// The other machine's address on this cable.
    pub there: Ipv4Addr,
    _devices: Arc<Devices>,
}

impl Machine {
    /// A machine of this name with two cables. None, with a line on standard error, where the rights are missing.
    pub fn with_cables(name: &str) -> Option<(Self, [Cable; 2])> {
        let ip = programs::find(&["ip"], "iproute2")?;
        let name = format!("frame-{name}-{}", process::id());
        let devices = Arc::new(Devices::changing());
        let machine = Self { ip, name, devices };
        let made = run(&machine.ip, &format!("netns add {}", machine.name))
            .and_then(|()| Ok([machine.cable()?, machine.cable()?]));
        match made {
            Ok(cables) => Some((machine, cables)),
            Err(error) if FORBIDDEN.iter().any(|word| error.contains(word)) => {
                programs::skip(&format!("no network namespace can be made: {error}"));
                None
            }
            Err(error) => panic!("{error}"),
        }
    }

    fn cable(&self) -> Result<Cable, String> {
        let number = CABLES.fetch_add(1, Relaxed);
        let (device, subnet) = (format!("fr{}x{number}", process::id()), subnet(number));
        let [here, there] = [1, 2].map(|host| Ipv4Addr::from_bits(subnet + host));
        let (ip, name) = (&self.ip, &self.name);
        run(
            ip,
            &format!("link add {device} type veth peer name far{number} netns {name}"),
        )?;
        run(ip, &format!("addr add {here}/30 dev {device}"))?;
        run(ip, &format!("link set {device} up"))?;
        run(
            ip,
            &format!("-n {name} addr add {there}/30 dev far{number}"),
        )?;
        run(ip, &format!("-n {name} link set far{number} up"))?;
        Ok(Cable {
            ip: ip.clone(),
            device,
            there,
            _devices: Arc::clone(&self.devices),
        })
    }

    /// The command that starts a program on this machine.
    pub fn launcher(&self) -> [&str; 4] {
        [self.ip.to_str().unwrap(), "netns", "exec", &self.name]
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        let _ = run(&self.ip, &format!("netns del {}", self.name));
    }
}

impl Cable {
    /// The other machine's address for connections by this cable.
    pub fn to(&self, port: u16) -> SocketAddr {
        (self.there, port).into()
    }

    /// Drops all packets from then on; neither side's sockets are notified.
    pub fn unplug(&self) {
        run(&self.ip, &format!("link set {} down", self.device)).unwrap();
    }

    pub fn plug_in(&self) {
        run(&self.ip, &format!("link set {} up", self.device)).unwrap();
    }
}

/// Removes the device, which otherwise stays until the other machine's last socket has given up.
impl Drop for Cable {
    fn drop(&mut self) {
        let _ = run(&self.ip, &format!("link del {}", self.device));
    }
}

/// A /30 of the network for tests between networks (RFC 2544, appendix C.2.2), another for each process and cable.
fn subnet(number: u32) -> u32 {
    let index = (process::id() * 8 + number) % (1 << 15);
    Ipv4Addr::new(198, 18, 0, 0).to_bits() + index * 4
}

fn run(ip: &PathBuf, arguments: &str) -> Result<(), String> {
    let done = Command::new(ip).args(arguments.split(' ')).output();
    let done = done.map_err(|error| error.to_string())?;
    let said = String::from_utf8_lossy(&done.stderr).trim().to_owned();
    match done.status.success() {
        true => Ok(()),
        false => Err(said),
    }
}
