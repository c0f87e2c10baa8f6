//! How Chromium is told to behave: one way out, no calls of its own, the same look on every machine.

use std::ffi::OsString;
use std::path::Path;
use std::process::Command;

use super::Launch;

/// Below this its shared memory goes to its folder, lest pages die of a small /dev/shm (containers).
const SHARED_MEMORY: u64 = 512 << 20;

const FLAGS: &[&str] = &[
    "--headless=new",
    "--remote-debugging-pipe",
    // Without this the proxy is passed by for loopback.
    "--proxy-bypass-list=<-loopback>",
    // Names are the proxy's to resolve; nothing else may ask a resolver.
    "--host-resolver-rules=MAP * ^NOTFOUND, EXCLUDE 127.0.0.1",
    "--webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-breakpad",
    "--disable-client-side-phishing-detection",
    "--disable-component-update",
    "--disable-crash-reporter",
    "--disable-default-apps",
    "--disable-domain-reliability",
    "--disable-extensions",
    "--disable-field-trial-config",
    "--disable-sync",
    "--metrics-recording-only",
    "--no-default-browser-check",
    "--no-first-run",
    "--no-pings",
    "--no-service-autorun",
    "--password-store=basic",
    "--disable-features=AimEnabled,AutofillServerCommunication,CertificateTransparencyComponentUpdater,DialMediaRouteProvider,\
     InterestFeedContentSuggestions,MediaRouter,OptimizationHints,PreconnectToSearch,Translate",
    "--deny-permission-prompts",
    "--mute-audio",
    // A page that nobody looks at must run as one that somebody does.
    "--disable-background-timer-throttling",
    "--disable-backgrounding-occluded-windows",
    "--disable-renderer-backgrounding",
    "--disable-hang-monitor",
    "--disable-gpu",
    "--disk-cache-size=67108864",
    "--font-render-hinting=none",
    "--force-color-profile=srgb",
    "--hide-scrollbars",
    "--lang=sv-SE",
    "--accept-lang=sv-SE,sv,en",
];

impl Launch {
    pub(super) fn flags(&self, folder: &Path) -> Vec<OsString> {
        let mut flags: Vec<OsString> = FLAGS.iter().map(OsString::from).collect();
        let mut data = OsString::from("--user-data-dir=");
        data.push(folder.join("profile"));
        flags.push(data);
        flags.push(format!("--proxy-server=http://{}", self.proxy).into());
        let (width, height) = self.window;
        flags.push(format!("--window-size={width},{height}").into());
        if !self.sandbox {
            flags.push("--no-sandbox".into());
        }
        let shared = rustix::fs::statvfs("/dev/shm");
        if !shared.is_ok_and(|s| s.f_blocks.saturating_mul(s.f_frsize) >= SHARED_MEMORY) {
            flags.push("--disable-dev-shm-usage".into());
        }
        flags.push("about:blank".into());
        flags
    }
}

/// Nothing of arkivd's own environment, which may hold credentials.
pub(super) fn environment(command: &mut Command, folder: &Path) {
    command
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .env("LANG", "C.UTF-8")
        .env("LANGUAGE", "sv")
        .env("TZ", "Europe/Stockholm")
        .env("DBUS_SESSION_BUS_ADDRESS", "disabled:")
        .env("DBUS_SYSTEM_BUS_ADDRESS", "disabled:")
        .current_dir("/");
    for name in [
        "HOME",
        "TMPDIR",
        "XDG_CACHE_HOME",
        "XDG_CONFIG_HOME",
        "XDG_DATA_HOME",
        "XDG_RUNTIME_DIR",
    ] {
        command.env(name, folder);
    }
}
