//! The proxy that the environment names, read as curl(1) reads it. The error for an unusable proxy quotes neither its
//! name nor its password.

use super::endpoint::SetupError;
use ipnet::IpNet;
use std::{ffi::OsString, net::IpAddr};
use ureq::{Proxy, http::Uri};

/// Variables that name a proxy for https.
const SECURE: [&str; 4] = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];
/// Variables that name a proxy for plain http. Such a proxy is not used.
const PLAIN: [&str; 4] = ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"];
/// Variables that list hosts to be reached without a proxy.
const DIRECT: [&str; 2] = ["NO_PROXY", "no_proxy"];

/// A variable's value. An empty value counts as not set.
pub(super) fn variable(name: &str) -> Option<OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}

/// A proxy, with the variable that names it.
pub(super) struct EnvProxy {
    pub(super) proxy: Proxy,
    pub(super) variable: &'static str,
}

/// The proxy on the way to `host`, if there is one. Every variable that names a proxy is parsed, so that a typing error
/// is not passed over.
pub(super) fn find(
    host: &str,
    port: u16,
    is_secure: bool,
    variable: impl Fn(&str) -> Option<OsString>,
) -> Result<Option<EnvProxy>, SetupError> {
    let names = if is_secure { SECURE } else { PLAIN };
    let mut found = None;
    for name in names {
        if let Some(value) = variable(name) {
            let proxy = value.to_str().and_then(parse);
            let proxy = proxy.ok_or(SetupError::Proxy(name))?;
            found = found.or(Some(EnvProxy {
                proxy,
                variable: name,
            }));
        }
    }
    let direct = DIRECT.iter().find_map(|name| variable(name));
    let direct = direct.map(|list| is_listed(host, port, &list.to_string_lossy()));
    Ok(found.filter(|_| direct != Some(true)))
}

/// Parses a proxy's URL. Without a scheme it is an HTTP proxy and must have a port, or else any word would be a proxy.
fn parse(url: &str) -> Option<Proxy> {
    let uri: Uri = url.trim().parse().ok()?;
    let authority = uri.authority()?.as_str();
    let place = authority
        .rsplit_once('@')
        .map_or(authority, |(_, place)| place);
    let port = place.strip_prefix(uri.host().filter(|host| !host.is_empty())?)?;
    let port = match port.strip_prefix(':') {
        Some(port) => Some(port.parse::<u16>().ok().filter(|port| *port > 0)?),
        None => None,
    };
    port.or(uri.scheme().map(|_| 0))?;
    Proxy::new(url.trim()).ok()
}

/// True if the list of `NO_PROXY` has the host. An entry is `*`, a name with all names below it, an address or a
/// network, each with or without a port.
fn is_listed(host: &str, port: u16, list: &str) -> bool {
    let host = host.trim_matches(['[', ']']).to_ascii_lowercase();
    let address: Option<IpAddr> = host.parse().ok();
    let is_it = |entry: &str| {
        let network = entry.parse::<IpNet>().or_else(|_| {
            let address = entry.trim_matches(['[', ']']).parse::<IpAddr>();
            address.map(IpNet::from)
        });
        match (network, address) {
            (Ok(network), Some(address)) => network.contains(&address),
            (Ok(_), None) => false,
            _ => {
                let entry = entry
                    .strip_prefix('*')
                    .unwrap_or(entry)
                    .trim_start_matches('.');
                let above = host.strip_suffix(entry);
                above.is_some_and(|above| above.is_empty() || above.ends_with('.'))
            }
        }
    };
    let entries = list
        .split([',', ' ', '\t'])
        .filter(|entry| !entry.is_empty());
    entries.map(str::to_ascii_lowercase).any(|entry| {
        let with_port = entry
            .rsplit_once(':')
            .filter(|(name, _)| !name.contains(':') || name.ends_with(']'));
        let of_port = with_port.is_some_and(|(name, of)| of.parse() == Ok(port) && is_it(name));
        entry == "*" || of_port || is_it(&entry)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The proxy for api.flickr.com with these variables, and the variable that names it.
    fn by(variables: &[(&str, &str)]) -> Result<Option<(String, &'static str)>, SetupError> {
        let variable = |name: &str| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found
                .map(|(_, value)| value.into())
                .filter(|value: &OsString| !value.is_empty())
        };
        let found = find("api.flickr.com", 443, true, variable)?;
        Ok(found.map(|named| {
            (
                format!("{}:{}", named.proxy.host(), named.proxy.port()),
                named.variable,
            )
        }))
    }

    #[test]
    fn a_proxy_of_https_goes_before_one_of_all_and_one_of_http_is_none() {
        let all = ("ALL_PROXY", "socks5://b:1080");
        let https = ("https_proxy", "http://a:3128");
        assert_eq!(
            by(&[all, https]),
            Ok(Some(("a:3128".into(), "https_proxy")))
        );
        assert_eq!(by(&[all]), Ok(Some(("b:1080".into(), "ALL_PROXY"))));
        assert_eq!(by(&[("HTTP_PROXY", "http://a:3128")]), Ok(None));
        assert_eq!(
            by(&[("HTTPS_PROXY", ""), all]),
            Ok(Some(("b:1080".into(), "ALL_PROXY")))
        );
    }

    #[test]
    fn a_proxy_is_a_url_or_a_host_with_a_port() {
        for (url, place) in [
            ("a:3128", "a:3128"),
            ("http://user:pass@a", "a:80"),
            ("https://a/", "a:443"),
            ("SOCKS5://[::1]:9", "[::1]:9"),
            ("socks5h://a", "a:1080"),
            ("socks4a://a", "a:1080"),
        ] {
            assert_eq!(
                by(&[("ALL_PROXY", url)]).unwrap().unwrap().0,
                place,
                "{url}"
            );
        }
        for url in [
            "garbage",
            "two words",
            "ftp://a",
            "http://",
            "http://:80",
            "http://a:0",
            "a:99999",
            "a:b",
            "http://a:",
            "://",
            "user:pass@",
            "http://u:s3cret@a:x",
        ] {
            let told = by(&[("HTTPS_PROXY", "http://a:1"), ("all_proxy", url)]);
            let told = told.unwrap_err().to_string();
            assert!(
                told.contains("all_proxy") && !told.contains("s3cret"),
                "{url}: {told}"
            );
        }
    }

    #[test]
    fn a_host_that_no_proxy_lists_is_reached_directly() {
        for list in [
            "*",
            "api.flickr.com",
            "flickr.com",
            ".flickr.com",
            "*.flickr.com",
            "a.example, API.Flickr.com",
            "a.example com",
            "flickr.com:443",
        ] {
            assert_eq!(
                by(&[("ALL_PROXY", "a:1"), ("no_proxy", list)]),
                Ok(None),
                "{list}"
            );
        }
        for list in [
            "flickr.co",
            "r.com",
            "www.flickr.com",
            "flickr.com:80",
            "10.0.0.0/8",
            ",",
            "api",
        ] {
            let found = by(&[("ALL_PROXY", "a:1"), ("NO_PROXY", list)]);
            assert!(found.unwrap().is_some(), "{list}");
        }
        for (host, list, listed) in [
            ("127.0.0.1", "127.0.0.0/8", true),
            ("127.0.0.1", "127.0.0.1:443", true),
            ("127.0.0.1", "27.0.0.1", false),
            ("[::1]", "::1", true),
            ("[::1]", "[::1]:443", true),
            ("[::1]", "::2", false),
        ] {
            assert_eq!(is_listed(host, 443, list), listed, "{host} in {list}");
        }
    }
}
