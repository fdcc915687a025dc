//! A reverse proxy in front of the server, set up as the README says.

use super::{PATIENCE, client::Client, pause, port::Port, programs, readme};
use socket2::{Domain, Socket, Type};
use std::{
    fs,
    net::{Ipv4Addr, SocketAddr, TcpStream},
    path::Path,
    process::{Child, Command, Stdio},
    time::Instant,
};
use tempfile::TempDir;

/// The way to run a proxy in the foreground, with all its files in a folder.
#[derive(Clone, Copy)]
pub struct Recipe {
    /// The program, and Debian's package.
    pub name: &'static str,
    /// The beginning of the README's paragraph on the proxy.
    words: &'static str,
    /// Changes to the README's lines: the address to listen on, `HERE`, or its `PORT`, and settings that keep the proxy
    /// from other parts of the machine.
    differs: &'static [(&'static str, &'static str)],
    /// The text around the block, with `FOLDER` for the folder and `BLOCK` for the block.
    around: &'static str,
    arguments: &'static str,
}

/// The line by which Apache loads a module from Debian's folder.
macro_rules! module {
    ($name:literal) => {
        concat!(
            "LoadModule ",
            $name,
            "_module /usr/lib/apache2/modules/mod_",
            $name,
            ".so\n"
        )
    };
}

pub const RECIPES: [Recipe; 4] = [
    Recipe {
        name: "nginx",
        words: "nginx, in",
        differs: &[("listen 80;", "listen HERE;")],
        around: "daemon off; master_process off; pid FOLDER/pid; error_log stderr; events {} http { access_log off; \
                 client_body_temp_path FOLDER/1; proxy_temp_path FOLDER/2; fastcgi_temp_path FOLDER/3; \
                 uwsgi_temp_path FOLDER/4; scgi_temp_path FOLDER/5;\nBLOCK}\n",
        arguments: "-p FOLDER -c FOLDER/configuration -e stderr",
    },
    Recipe {
        name: "haproxy",
        words: "HAProxy, in",
        differs: &[("bind :80", "bind HERE")],
        around: "BLOCK",
        arguments: "-db -f FOLDER/configuration",
    },
    Recipe {
        name: "caddy",
        words: "Caddy, in",
        differs: &[
            ("frame.example.org", "http://:PORT"),
            (
                "    servers {",
                "    admin off\n    default_bind 127.0.0.1\n    servers {",
            ),
        ],
        around: "BLOCK",
        arguments: "run --config FOLDER/configuration --adapter caddyfile",
    },
    Recipe {
        name: "apache2",
        words: "Apache, in",
        differs: &[("<VirtualHost *:80>", "<VirtualHost HERE>")],
        around: concat!(
            "ServerRoot FOLDER\nDefaultRuntimeDir FOLDER\nPidFile FOLDER/pid\nErrorLog /dev/stderr\n",
            "ServerName localhost\nListen HERE\nUser www-data\nGroup www-data\n",
            module!("mpm_event"),
            module!("authz_core"),
            module!("reqtimeout"),
            module!("proxy"),
            module!("proxy_http"),
            "BLOCK"
        ),
        // One process, so that the proxy ends with it.
        arguments: "-X -f FOLDER/configuration",
    },
];

/// A running proxy. Killed when it is dropped.
pub struct ReverseProxy {
    child: Child,
    pub name: &'static str,
    pub address: SocketAddr,
    folder: TempDir,
    _kept: Port,
}

impl ReverseProxy {
    /// The proxies that are installed, each in front of `server`, with `changes` made to the README's lines.
    pub fn start_all(server: SocketAddr, changes: &[(&str, &str)]) -> Vec<Self> {
        let start = |recipe| Self::start(recipe, server, changes);
        RECIPES.into_iter().filter_map(start).collect()
    }

    /// The proxy of this name, if it is installed, in front of `server`, with `changes` made to the README's lines.
    pub fn start_one(name: &str, server: SocketAddr, changes: &[(&str, &str)]) -> Option<Self> {
        let recipe = RECIPES.into_iter().find(|recipe| recipe.name == name);
        Self::start(recipe.expect("a known proxy"), server, changes)
    }

    /// nginx with a block of its own, in which it listens at `HERE`.
    pub fn nginx(block: &str) -> Option<Self> {
        let [nginx, ..] = RECIPES;
        Self::with(nginx, |here| nginx.filled(here, block))
    }

    fn start(recipe: Recipe, server: SocketAddr, changes: &[(&str, &str)]) -> Option<Self> {
        Self::with(recipe, |here| recipe.configuration(here, server, changes))
    }

    fn with(recipe: Recipe, configuration: impl Fn(SocketAddr) -> String) -> Option<Self> {
        let program = programs::find(&[recipe.name], recipe.name)?;
        Some(Self::run(&program, recipe, configuration))
    }

    fn run(program: &Path, recipe: Recipe, configuration: impl Fn(SocketAddr) -> String) -> Self {
        let (folder, kept) = (tempfile::tempdir().unwrap(), Port::keep());
        let place = folder.path().to_str().unwrap();
        let text = configuration(kept.address);
        fs::write(
            folder.path().join("configuration"),
            text.replace("FOLDER", place),
        )
        .unwrap();
        let said = fs::File::create(folder.path().join("said")).unwrap();
        let child = Command::new(program)
            .args(recipe.arguments.replace("FOLDER", place).split(' '))
            .envs(["HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME"].map(|name| (name, place)))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(said)
            .spawn()
            .unwrap();
        let mut proxy = Self {
            child,
            name: recipe.name,
            address: kept.address,
            folder,
            _kept: kept,
        };
        proxy.await_start();
        proxy
    }

    /// Waits until the proxy listens.
    fn await_start(&mut self) {
        let begun = Instant::now();
        while TcpStream::connect(self.address).is_err() {
            let is_over = self.child.try_wait().unwrap().is_some() || begun.elapsed() > PATIENCE;
            let said = || fs::read_to_string(self.folder.path().join("said")).unwrap();
            assert!(!is_over, "{} does not start: {}", self.name, said());
            pause();
        }
    }

    /// A connection to the proxy from another of this machine's addresses.
    pub fn connect_from(&self, from: Ipv4Addr) -> Client {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        socket.bind(&SocketAddr::from((from, 0)).into()).unwrap();
        socket.connect(&self.address.into()).unwrap();
        Client::over(socket.into())
    }
}

impl Drop for ReverseProxy {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Recipe {
    fn configuration(
        &self,
        here: SocketAddr,
        server: SocketAddr,
        changes: &[(&str, &str)],
    ) -> String {
        let mut block = readme::block(self.words);
        let server = server.to_string();
        let place = ("127.0.0.1:4000", server.as_str());
        for (text, new) in self.differs.iter().chain([&place]) {
            assert_eq!(block.matches(text).count(), 1, "{text:?} in\n{block}");
            block = block.replace(text, new);
        }
        for (text, new) in changes {
            block = block.replace(text, new);
        }
        self.filled(here, &block)
    }

    /// The text around the block, and the block, with the address to listen on.
    fn filled(&self, here: SocketAddr, block: &str) -> String {
        let text = self.around.replace("BLOCK", block);
        let text = text.replace("HERE", &here.to_string());
        text.replace("PORT", &here.port().to_string())
    }
}
