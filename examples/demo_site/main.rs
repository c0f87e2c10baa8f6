//! A made-up municipality's blog on loopback, as WordPress would serve it: for trying arkivd without a network.
//!
//! `cargo run --example demo_site -- [--port 0] [--posts 60]` prints `listening on http://127.0.0.1:PORT/`.
//! The same arguments give the same site. Held comments show to `redaktor` with the application password
//! `demo demo demo demo`.
//!
//! `/konto` is the municipality's account as a social network shows it (`?n=200` for so many posts), `/fientlig/` a list of
//! pages that a browser's capture must stand.

// The black-box tests include this file as a module and call only `serve`.
#![cfg_attr(test, allow(dead_code))]

mod account;
mod feeds;
mod hostile;
mod http;
mod pages;
mod pictures;
mod rest;
mod site;
mod texts;

use std::io;
use std::process::ExitCode;
use std::sync::Arc;

use tokio::net::TcpListener;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (port, posts) = match read(&arguments) {
        Ok(found) => found,
        Err(problem) => {
            eprintln!("demo_site: {problem}\nusage: demo_site [--port PORT] [--posts NUMBER]");
            return ExitCode::from(2);
        }
    };
    match run(port, posts) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("demo_site: {error}");
            ExitCode::FAILURE
        }
    }
}

fn read(arguments: &[String]) -> Result<(u16, usize), String> {
    let (mut port, mut posts) = (0, 60);
    for pair in arguments.chunks(2) {
        match pair {
            [name, value] if name == "--port" => {
                port = value
                    .parse()
                    .map_err(|_| format!("--port {value:?} is not a port"))?;
            }
            [name, value] if name == "--posts" => {
                posts = value
                    .parse()
                    .map_err(|_| format!("--posts {value:?} is not a number"))?;
            }
            _ => return Err(format!("unknown argument {:?}", pair.join(" "))),
        }
    }
    Ok((port, posts))
}

fn run(port: u16, posts: usize) -> io::Result<()> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?
        .block_on(async {
            let listener = TcpListener::bind(("127.0.0.1", port)).await?;
            println!("listening on http://{}/", listener.local_addr()?);
            serve(listener, posts).await
        })
}

/// Serves the site until the listener fails.
pub async fn serve(listener: TcpListener, posts: usize) -> io::Result<()> {
    let home = format!("http://{}", listener.local_addr()?);
    let site = Arc::new(site::Site::new(home, posts));
    loop {
        let (stream, _) = listener.accept().await?;
        let site = Arc::clone(&site);
        // A visitor who goes away midway is no concern of the site.
        tokio::spawn(async move { drop(http::converse(stream, &site).await) });
    }
}
