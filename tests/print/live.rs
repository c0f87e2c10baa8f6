//! Pages printed now, by the browser that is installed.

use crate::browser::printed;

#[tokio::test]
async fn raw() {
    let names = [
        "article",
        "without_alt",
        "hostile",
        "wordpress",
        "rtl",
        "plain",
        "table",
        "posts",
    ];
    let paths: Vec<String> = names.iter().map(|n| format!("/{n}")).collect();
    let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
    let Some(all) = printed(&paths).await else {
        return;
    };
    let folder = std::env::var("PRINTS").unwrap_or("/tmp/prints".into());
    std::fs::create_dir_all(&folder).unwrap();
    for (name, bytes) in names.iter().zip(all) {
        std::fs::write(format!("{folder}/{name}.pdf"), bytes).unwrap();
    }
}
