//! Options from the environment, and their precedence.

use super::{KEY, OPTIONS, fails, is_taken, run, taken_port, variable, with};
use crate::support::{
    client::{ask, get},
    server::{Server, program},
};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

#[test]
fn each_option_is_also_read_from_the_environment() {
    for (name, good, bad) in OPTIONS {
        let mut command = program();
        command.env(variable(name), bad.last().unwrap());
        fails(command, 2, &[&variable(name)]);
        let mut command = program();
        command.env(variable(name), bad.last().unwrap());
        let line = String::from_utf8(run(command).stderr).unwrap();
        assert!(!line.contains(&format!("--{name}")), "{line}");
        if name != "listen" {
            let mut command = program();
            command.env(variable(name), good);
            is_taken(command);
        }
    }
}

#[test]
fn a_variable_that_is_set_but_empty_counts_as_not_set_with_a_line_that_names_it() {
    let mut command = program();
    let mut names: Vec<String> = OPTIONS.iter().map(|(name, ..)| variable(name)).collect();
    names.extend(["PORT", "RUST_LOG", "FLICKR_API_KEY", "PICTURE_FRAME_CHECK"].map(str::to_owned));
    // The option is given by `Server::spawn`, whatever the variable says.
    for name in &names {
        command.env(name, "");
    }
    let server = Server::spawn(command);
    let line = server.wait_for_log("are set but empty");
    assert!(line.contains("WARN"), "{line}");
    for name in names {
        assert!(line.contains(&name), "{name}: {line}");
    }
    let mut command = program();
    command.env("PICTURE_FRAME_DRAIN", "");
    let server = Server::spawn(command);
    server.wait_for_log("PICTURE_FRAME_DRAIN is set but empty");
}

#[test]
fn a_lists_final_comma_and_a_final_carriage_return_are_forgiven() {
    for (name, good, _) in OPTIONS {
        if name != "listen" {
            let mut command = program();
            command.env(variable(name), format!("{good}\r"));
            is_taken(command);
        }
    }
    for name in ["host", "trusted-proxy", "cors-origin"] {
        let mut command = program();
        command.env(variable(name), "127.0.0.1,\r");
        if name == "cors-origin" {
            command.env(variable(name), "http://127.0.0.1, ");
        }
        is_taken(command);
    }
    let (_listener, port) = taken_port();
    let mut command = program();
    command.env("PORT", format!("{port}\r"));
    fails(command, 1, &[&format!("[::]:{port}")]);
    let mut command = program();
    command.env("PICTURE_FRAME_LISTEN", format!("127.0.0.1:{port},"));
    fails(command, 1, &[&format!("127.0.0.1:{port}")]);
}

#[test]
fn what_a_variable_asks_for_and_cannot_be_is_told_by_its_name() {
    let mut command = program();
    command.env("PICTURE_FRAME_SOURCE", "flickr");
    fails(
        command,
        2,
        &["PICTURE_FRAME_SOURCE=flickr needs a key", "FLICKR_API_KEY"],
    );
    let mut command = program();
    command.env("PICTURE_FRAME_FLICKR_URL", "nowhere");
    fails(command, 2, &["PICTURE_FRAME_FLICKR_URL"]);
    let mut command = program();
    command.env("PICTURE_FRAME_CHECK", "perhaps");
    fails(command, 2, &["PICTURE_FRAME_CHECK", "perhaps"]);
}

#[test]
fn the_load_test_reads_none_of_the_servers_variables() {
    let mut command = with(&["load", "http://127.0.0.1:1/"]);
    command.env("PICTURE_FRAME_RETRY", "x");
    let line = String::from_utf8(run(command).stderr).unwrap();
    assert!(!line.contains("PICTURE_FRAME_RETRY"), "{line}");
}

#[test]
fn a_flag_beats_the_environment() {
    for (name, good, bad) in OPTIONS {
        if name == "listen" {
            continue;
        }
        let mut command = with(&[&format!("--{name}={good}")]);
        command.env(variable(name), bad.last().unwrap());
        is_taken(command);
    }
}

#[test]
fn the_flag_beats_the_environment_and_that_beats_port() {
    let [(_a, flag), (_b, variable), (_c, port)] = [(); 3].map(|()| taken_port());
    let mut command = program();
    command.env("PORT", &port);
    fails(command, 1, &[&format!("[::]:{port}")]);

    let mut command = program();
    command.env("PORT", &port);
    command.env("PICTURE_FRAME_LISTEN", format!("127.0.0.1:{variable}"));
    fails(command, 1, &[&format!("127.0.0.1:{variable}")]);

    let mut command = with(&["--listen", &format!("127.0.0.1:{flag}")]);
    command.env("PORT", &port);
    command.env("PICTURE_FRAME_LISTEN", format!("127.0.0.1:{variable}"));
    fails(command, 1, &[&format!("127.0.0.1:{flag}")]);
}

#[test]
fn port_means_every_address_of_ipv6_and_ipv4_and_what_is_no_port_is_an_error() {
    let mut command = program();
    command.env("PORT", "0");
    let server = Server::spawn_as_told(command);
    assert!(server.address.ip().is_unspecified() && server.address.port() > 0);
    for ip in [
        Ipv4Addr::LOCALHOST.into(),
        IpAddr::from(Ipv6Addr::LOCALHOST),
    ] {
        let address = SocketAddr::new(ip, server.address.port());
        assert_eq!(get(address, "/healthz").status, 200, "{ip}");
    }
    for port in ["x", "-1", "65536", "80 "] {
        let mut command = program();
        command.env("PORT", port);
        fails(command, 2, &["PORT", "--listen"]);
    }
}

#[test]
fn port_0_picks_a_free_one_and_prints_it() {
    let servers = [(); 2].map(|()| Server::start(&[]));
    assert!(servers[0].address.port() != servers[1].address.port());
    for server in &servers {
        let line = server.wait_for_log("listening on http://127.0.0.1:");
        assert!(
            line.contains(&format!("listening on http://{} ", server.address)),
            "{line}"
        );
        assert_eq!(get(server.address, "/healthz").text(), "ok");
    }
}

#[test]
fn a_list_is_separated_by_commas() {
    let mut command = program();
    command.env(
        "PICTURE_FRAME_CORS_ORIGIN",
        "https://a.example,https://b.example",
    );
    let server = Server::spawn(command);
    let preflight = |origin: &str| {
        let fields = "Access-Control-Request-Method: POST\r\nConnection: close";
        let head = "OPTIONS /publish HTTP/1.1\r\nHost: a";
        ask(
            server.address,
            format!("{head}\r\nOrigin: {origin}\r\n{fields}\r\n\r\n"),
        )
    };
    for origin in ["https://a.example", "https://b.example"] {
        assert_eq!(
            preflight(origin).header("Access-Control-Allow-Origin"),
            Some(origin)
        );
    }
    assert_eq!(
        preflight("https://c.example").header("Access-Control-Allow-Origin"),
        None
    );
}

#[test]
fn the_source_is_flickr_where_there_is_a_key_unless_told_otherwise_and_is_named_at_the_start() {
    let cases: [(&[&str], Option<&str>, &str); 4] = [
        (&[], None, "gallery"),
        (&[], Some(KEY), "Flickr"),
        (&["--source", "gallery"], Some(KEY), "gallery"),
        (&["--source", "flickr"], Some(KEY), "Flickr"),
    ];
    for (options, key, name) in cases {
        let mut command = with(options);
        command.envs(key.map(|key| ("FLICKR_API_KEY", key)));
        let server = Server::spawn(command);
        let line = server.wait_for_log("listening on http://");
        assert!(line.contains(name), "{line}");
        assert!(!server.log().contains(KEY));
    }
}

#[test]
fn the_page_can_be_served_from_a_folder() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("index.html"), "<title>mine</title>").unwrap();
    let server = Server::start(&["--public", folder.path().to_str().unwrap()]);
    assert_eq!(get(server.address, "/").text(), "<title>mine</title>");
}
