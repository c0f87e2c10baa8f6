//! The two sites that the tests archive: a real WordPress, and the demo's made-up municipality.

use super::{Archive, project, run};
use serde_json::Value;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Once;
use std::time::Duration;

/// A site of the running WordPress that belongs to one test alone.
pub struct WordPress {
    place: PathBuf,
    pub address: String,
    pub user: String,
    pub password: String,
}

impl WordPress {
    /// A new and empty site; None, with a word about it, where scripts/test has started no WordPress.
    #[track_caller]
    pub fn site(name: &str) -> Option<WordPress> {
        let Some(env) = std::env::var_os("ARKIVD_TEST_WORDPRESS") else {
            println!("SKIP: no WordPress runs here; scripts/test starts one");
            return None;
        };
        let root = Path::new(&env).parent().unwrap();
        let output = run(Command::new(project().join("scripts/wordpress"))
            .arg("site")
            .arg(root)
            .arg(name))
        .expect(0);
        let value = |key: &str| {
            let line = output
                .stdout
                .lines()
                .find_map(|line| line.strip_prefix(key)?.strip_prefix('='));
            line.unwrap_or_else(|| panic!("no {key} in {output}"))
                .to_owned()
        };
        Some(WordPress {
            place: root.join("sites").join(name),
            address: value("ADDRESS"),
            user: value("USER"),
            password: value("APPLICATION_PASSWORD"),
        })
    }

    /// Fills the site with posts and all that goes with them; see tests/wordpress/seed.php for what it says it made.
    #[track_caller]
    pub fn seed(&self, posts: u32) -> Value {
        let output = run(Command::new(project().join("scripts/wordpress"))
            .arg("seed")
            .arg(&self.place)
            .arg(posts.to_string()))
        .expect(0);
        serde_json::from_str(&output.stdout).unwrap_or_else(|error| panic!("{error}: {output}"))
    }

    /// Edits, deletes, comments, holds ...; see tests/wordpress/change.php. Returns the id that was touched or made.
    #[track_caller]
    pub fn change(&self, args: &[&str]) -> u64 {
        let script = project().join("tests/wordpress/change.php");
        let output = run(Command::new(project().join("scripts/wordpress"))
            .arg("php")
            .arg(&self.place)
            .arg(script)
            .args(args))
        .expect(0);
        output
            .stdout
            .trim()
            .parse()
            .unwrap_or_else(|error| panic!("{error}: {output}"))
    }

    /// Registers the site as account `webb`, with the administrator's application password.
    #[track_caller]
    pub fn register(&self, archive: &Archive) {
        archive.add_credential("webb", &self.user, &self.password);
        archive.add_account(
            "webb",
            "wordpress",
            &self.address,
            &["--credential", "webb"],
        );
    }
}

impl Drop for WordPress {
    fn drop(&mut self) {
        run(Command::new(project().join("scripts/wordpress"))
            .arg("stop")
            .arg(&self.place));
    }
}

/// The demo's site, on a port of its own, for as long as the value lives.
pub struct DemoSite {
    child: Child,
    pub address: String,
}

impl DemoSite {
    #[track_caller]
    pub fn start() -> DemoSite {
        static BUILD: Once = Once::new();
        BUILD.call_once(|| {
            let mut build = Command::new(env!("CARGO"));
            // What cargo tells a test of its package would have dependencies built anew, and anew for the next one.
            for (name, _) in std::env::vars_os() {
                if name.to_string_lossy().starts_with("CARGO_PKG_") || name == "CARGO_MANIFEST_DIR"
                {
                    build.env_remove(name);
                }
            }
            run(build
                .args(["build", "--quiet", "--locked", "--example", "demo_site"])
                .current_dir(project()))
            .expect(0);
        });
        let program = Path::new(env!("CARGO_BIN_EXE_arkivd"))
            .parent()
            .unwrap()
            .join("examples/demo_site");
        let mut child = Command::new(&program)
            .args(["--port", "0", "--posts", "12"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap())
            .read_line(&mut line)
            .unwrap();
        let Some(address) = line.trim().strip_prefix("listening on ").map(str::to_owned) else {
            child.kill().unwrap();
            panic!("demo_site said '{line}'");
        };
        DemoSite { child, address }
    }

    /// How many posts, pages or comments the site itself says it has.
    #[track_caller]
    pub fn count(&self, what: &str) -> usize {
        let authority = self
            .address
            .trim_start_matches("http://")
            .trim_end_matches('/');
        let mut stream = TcpStream::connect(authority).unwrap();
        let request = format!(
            "GET /?rest_route=/wp/v2/{what}&per_page=1 HTTP/1.1\r\nHost: {authority}\r\nConnection: close\r\n\r\n"
        );
        stream
            .set_read_timeout(Some(Duration::from_secs(60)))
            .unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        // The head alone: the server may keep the connection open after the body.
        let head: Vec<String> = BufReader::new(stream)
            .lines()
            .map_while(Result::ok)
            .take_while(|line| !line.is_empty())
            .collect();
        let total = head.iter().find_map(|line| {
            line.split_once(':')
                .filter(|(name, _)| name.eq_ignore_ascii_case("x-wp-total"))
        });
        total
            .unwrap_or_else(|| panic!("no X-WP-Total in {head:?}"))
            .1
            .trim()
            .parse()
            .unwrap()
    }

    /// Registers the site as account `webb`.
    #[track_caller]
    pub fn register(&self, archive: &Archive) {
        archive.add_account("webb", "wordpress", &self.address, &[]);
    }
}

impl Drop for DemoSite {
    fn drop(&mut self) {
        // It may have ended by itself; there is nobody left to tell.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
