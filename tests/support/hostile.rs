//! A server on loopback that answers as a test tells it to, however wrong.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};

/// Answers every request from now until the test ends. `answer` gets the path and returns the whole answer, with its
/// status line; an empty answer closes the connection.
pub fn serve(answer: impl Fn(&str) -> Vec<u8> + Send + Sync + 'static) -> String {
    serve_heads(move |path, _| answer(path))
}

/// The same, where the answer goes by the request's head too.
pub fn serve_heads(answer: impl Fn(&str, &str) -> Vec<u8> + Send + Sync + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/", listener.local_addr().unwrap());
    let answer = std::sync::Arc::new(answer);
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let answer = answer.clone();
            std::thread::spawn(move || one(stream, &*answer));
        }
    });
    address
}

fn one(mut stream: TcpStream, answer: &dyn Fn(&str, &str) -> Vec<u8>) {
    let mut lines = BufReader::new(&stream).lines().map_while(Result::ok);
    let Some(first) = lines.next() else { return };
    let head: Vec<String> = lines.take_while(|line| !line.is_empty()).collect();
    let answer = answer(first.split(' ').nth(1).unwrap_or("/"), &head.join("\n"));
    // The other side may have had enough.
    let _ = stream.write_all(&answer);
}

/// An answer with a status, a media type and a body, after which the connection closes.
pub fn http(status: &str, media_type: &str, body: &str) -> Vec<u8> {
    format!("HTTP/1.1 {status}\r\nContent-Type: {media_type}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len()).into_bytes()
}

/// A redirect.
pub fn redirect(to: &str) -> Vec<u8> {
    format!(
        "HTTP/1.1 302 Found\r\nLocation: {to}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    )
    .into_bytes()
}
