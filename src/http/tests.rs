//! What goes in and what comes out, as bytes.

use super::*;

#[test]
fn a_pipelined_pair_is_read_one_after_the_other() {
    let mut input = Input::new();
    input.push(b"POST /publish?a=b HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x\r\nde\r\n0\r\nA: b\r\n\r\nGET /%61/../b HTTP/1.0\r\n\r\n");
    assert_eq!(input.step(), Step::Ready);
    let request = input.request();
    assert_eq!(
        (request.method, &*request.path, request.query, request.body),
        (Method::Post, "/publish", Some("a=b"), &b"abcde"[..])
    );
    assert_eq!(request.host(), Some("h"));
    input.next();
    assert_eq!(input.step(), Step::Ready);
    assert_eq!(&*input.request().path, "/b");
    input.next();
    assert!(input.is_empty());
}
