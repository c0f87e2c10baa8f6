//! A page that tries to reach an address by every means a browser has: what listens there must hear nothing.

/// A host with a port, as it stands in an address; nothing that could break out of it.
pub fn is_authority(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | ':' | '-' | '[' | ']');
    !text.is_empty() && text.len() < 200 && text.chars().all(plain)
}

/// The page's title is "försökt" when it has tried. `home` is where it is served: redirects start there.
pub fn page(to: &str, home: &str) -> String {
    let markup = include_str!("reach.html");
    markup.replace("{to}", to).replace("{home}", home)
}

/// What a worker tries.
pub fn worker(to: &str) -> String {
    format!(
        "self.oninstall = () => skipWaiting();\n\
         for (const a of ['http://{to}/arbetare', 'https://{to}/arbetare']) fetch(a, {{ mode: 'no-cors' }}).catch(() => 0);\n\
         try {{ new WebSocket('ws://{to}/arbetare'); }} catch {{ }}\n\
         try {{ importScripts('http://{to}/importerat.js'); }} catch {{ }}\n"
    )
}
