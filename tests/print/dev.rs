use arkivd::pdfa::{PrintLimits, PrintOptions, conform};
#[test]
fn dev() {
    for f in std::fs::read_dir("/tmp/prints").unwrap() {
        let f = f.unwrap().path();
        if f.extension().is_none_or(|e| e != "pdf") {
            continue;
        }
        if std::env::var("ONLY").is_ok_and(|o| !f.to_string_lossy().contains(&o)) {
            continue;
        }
        let bytes = std::fs::read(&f).unwrap();
        let mut o = PrintOptions::new(
            "Titel",
            "http://a.se/",
            "arkivd 0",
            chrono::DateTime::from_timestamp(1_800_000_000, 0).unwrap(),
        );
        o.limits = PrintLimits {
            bytes: 100_000_000,
            pages: 1000,
            objects: 200_000,
        };
        let t = std::time::Instant::now();
        match conform(&bytes, &o) {
            Ok(p) => {
                println!(
                    "{}: {} pages {} bytes {} -> {} {:?} {:?}",
                    f.display(),
                    p.declared(),
                    p.pages,
                    bytes.len(),
                    p.bytes.len(),
                    p.changes,
                    t.elapsed()
                );
                for r in &p.reasons {
                    println!("    {r}");
                }
                std::fs::create_dir_all("/tmp/prints/out").unwrap();
                std::fs::write(
                    format!(
                        "/tmp/prints/out/{}",
                        f.file_name().unwrap().to_string_lossy()
                    ),
                    &p.bytes,
                )
                .unwrap();
            }
            Err(arkivd::pdfa::Error::NoLevel { reasons }) => {
                println!("{}: NONE", f.display());
                for r in reasons {
                    println!("    {r}")
                }
            }
            Err(e) => println!("{}: {e}", f.display()),
        }
    }
}
fn hwm(what: &str) {
    let s = std::fs::read_to_string("/proc/self/status").unwrap();
    for l in s
        .lines()
        .filter(|l| l.starts_with("VmHWM") || l.starts_with("VmRSS"))
    {
        println!("{what}: {l}");
    }
}
#[test]
fn peak() {
    let f = std::env::var("ONLY").unwrap();
    let bytes = std::fs::read(format!("/tmp/prints/{f}.pdf")).unwrap();
    hwm("read");
    let mut o = PrintOptions::new(
        "Titel",
        "http://a.se/",
        "arkivd 0",
        chrono::DateTime::from_timestamp(1_800_000_000, 0).unwrap(),
    );
    o.limits = PrintLimits {
        bytes: 100_000_000,
        pages: 1000,
        objects: 10,
    };
    println!("{:?}", conform(&bytes, &o).map(|_| ()));
    hwm("until write");
    o.limits.objects = 1_000_000;
    let p = conform(&bytes, &o).unwrap();
    println!("{} {}", p.declared(), p.bytes.len());
    hwm("all");
}
