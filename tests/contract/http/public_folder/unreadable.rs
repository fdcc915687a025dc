//! Files that exist and cannot be read: the status tells the reason, and no cache keeps the answer.

use super::{folder, get};
use crate::support::{
    client::{Client, Response, ask},
    server::{Server, program, program_by},
    setups::{assert_problem, retry_after},
};
use rlimit::{Resource, prlimit};
use std::{fs, os::unix::fs::MetadataExt, os::unix::fs::PermissionsExt};

#[track_caller]
fn assert_passing(response: &Response, status: u16) {
    assert_problem(response, status);
    assert_eq!(response.header("cache-control"), Some("no-store"));
}

#[test]
fn without_a_descriptor_a_file_is_503_and_served_when_there_is_one() {
    let folder = folder();
    let server = super::start(&folder);
    let mut client = Client::connect(server.address);
    assert_eq!(client.ask(get("/")).status, 200);
    let limit = |files| {
        let pid = server.pid().try_into().unwrap();
        let mut hard = 0;
        prlimit(pid, Resource::NOFILE, None, Some((&mut 0, &mut hard))).unwrap();
        prlimit(pid, Resource::NOFILE, Some((files, hard)), None).unwrap();
    };
    limit(0);
    let response = client.ask(get("/"));
    assert_passing(&response, 503);
    retry_after(&response);
    limit(1000);
    assert_eq!(client.ask(get("/")).status, 200);
}

#[test]
fn without_the_right_a_file_is_403() {
    let folder = folder();
    let root = folder.path().join("public");
    let close = |name: &str| {
        fs::set_permissions(root.join(name), fs::Permissions::from_mode(0o000)).unwrap();
    };
    close("index.html");
    close("sub");
    // Root may read every file, unless that right is taken from it.
    let mut command = match fs::metadata("/proc/self").unwrap().uid() {
        0 => program_by(&["setpriv", "--bounding-set=-dac_override,-dac_read_search"]),
        _ => program(),
    };
    command.args(["--public", root.to_str().unwrap()]);
    let server = Server::spawn(command);
    for target in ["/", "/index.html", "/sub/"] {
        assert_passing(&ask(server.address, get(target)), 403);
    }
    assert_eq!(ask(server.address, get("/a%20b.txt")).status, 200);
    fs::set_permissions(root.join("sub"), fs::Permissions::from_mode(0o700)).unwrap();
}
