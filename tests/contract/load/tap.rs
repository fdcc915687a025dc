//! A tap between the load test and a server: it notes the head of each request, and passes everything on.

use socket2::SockRef;
use std::{
    io::{self, BufRead, BufReader, Write},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
};

/// A running tap. Its threads end with the connections that they serve.
pub struct Tap {
    pub address: SocketAddr,
    listener: Arc<TcpListener>,
    heads: Arc<Mutex<Vec<String>>>,
}

impl Tap {
    /// A tap in front of `server`.
    pub fn start(server: SocketAddr) -> Self {
        Self::at("127.0.0.1:0".parse().unwrap(), server, |_| None)
    }

    /// A tap at `address` that answers itself where `answer` has an answer to a request's head, and closes then.
    pub fn at(
        address: SocketAddr,
        server: SocketAddr,
        answer: impl Fn(&str) -> Option<String> + Send + Sync + 'static,
    ) -> Self {
        let listener = Arc::new(TcpListener::bind(address).unwrap());
        let (heads, answer) = (Arc::<Mutex<Vec<_>>>::default(), Arc::new(answer));
        let tap = Self {
            address: listener.local_addr().unwrap(),
            listener: Arc::clone(&listener),
            heads: Arc::clone(&heads),
        };
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let (heads, answer) = (Arc::clone(&heads), Arc::clone(&answer));
                thread::spawn(move || serve(&client, server, &heads, &*answer));
            }
        });
        tap
    }

    /// The heads of the requests so far, without those of the probe.
    pub fn heads(&self) -> Vec<String> {
        let heads = self.heads.lock().unwrap();
        let of_crowd = |head: &&String| !head.starts_with("GET /metrics ");
        heads.iter().filter(of_crowd).cloned().collect()
    }

    /// Refuses further connections. Open connections go on.
    pub fn refuse(&self) {
        SockRef::from(&*self.listener)
            .shutdown(Shutdown::Both)
            .unwrap();
    }
}

fn serve(
    client: &TcpStream,
    server: SocketAddr,
    heads: &Mutex<Vec<String>>,
    answer: &dyn Fn(&str) -> Option<String>,
) -> io::Result<()> {
    let mut reader = BufReader::new(client);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head)? == 0 {
            return Ok(());
        }
    }
    heads.lock().unwrap().push(head.clone());
    if let Some(answer) = answer(&head) {
        return (&mut &*client).write_all(answer.as_bytes());
    }
    let mut server = TcpStream::connect(server)?;
    server.write_all(head.as_bytes())?;
    server.write_all(reader.buffer())?;
    let (mut from, mut to) = (client.try_clone()?, server.try_clone()?);
    thread::spawn(move || {
        let _ = io::copy(&mut from, &mut to);
        let _ = to.shutdown(Shutdown::Both);
    });
    let _ = io::copy(&mut server, &mut &*client);
    client.shutdown(Shutdown::Both)
}
