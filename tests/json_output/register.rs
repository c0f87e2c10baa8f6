//! The register of accounts.

use super::Judge;

/// The register of accounts, with a closing that is refused and one that is done.
pub fn judge_register(judge: &mut Judge) {
    let by = ["--by", "Eva Ek"];
    let decide = [
        "account",
        "decide",
        "flode",
        "--as",
        "head-of-communications",
    ];
    judge.report(0, &[&decide[..], &by].concat());
    let approve = [
        "account",
        "approve",
        "flode",
        "--as",
        "manager",
        "--closing",
    ];
    judge.report(0, &[&approve[..], &by].concat());
    let administrator = ["account", "administrator"];
    let mandate = ["add", "flode", "Anna Ek", "--mandate-by", "Eva Ek"];
    judge.report(0, &[&administrator[..], &mandate].concat());
    judge.report(0, &[&administrator[..], &["list", "flode"]].concat());
    judge.report(
        0,
        &[&administrator[..], &["end", "flode", "Anna Ek"]].concat(),
    );
    judge.refusal(
        1,
        &[&administrator[..], &["end", "flode", "Bo Ek"]].concat(),
    );
    judge.report(0, &["account", "check", "flode"]);
    judge.refusal(
        2,
        &[&["account", "check", "flode", "mal"][..], &by].concat(),
    );
    judge.report(0, &["account", "event", "flode", "larger-change"]);
    judge.refusal(2, &["account", "event", "flode", "overseen"]);
    judge.refusal(1, &["account", "close", "flode"]);
    let told = ["--communications-told", "mejl"];
    judge.report(0, &[&["account", "close", "flode"][..], &told].concat());
    let gone = [&["account", "close", "borta"][..], &told].concat();
    judge.refusal(1, &gone);
    let accept = [
        "--accept-gap",
        "snapshot",
        "--reason",
        "servern finns inte mer",
    ];
    judge.report(0, &[&gone[..], &accept].concat());
    judge.report(0, &["account", "show", "flode"]);
    judge.refusal(1, &["watch", "flode"]);
    judge.report(0, &["account", "tree"]);
    judge.report(0, &["account", "editors"]);
    judge.report(0, &["account", "comments"]);
    judge.report(0, &["account", "list", "--lacking"]);
    judge.report(0, &["account", "list", "--closed"]);
    judge.report(0, &["account", "publish", "--format", "json"]);
    let [csv, list] = ["konton.csv", "lista.html"].map(|name| judge.archive.beside(name));
    let [csv, list] = [&csv, &list].map(|path| path.to_str().unwrap());
    judge.report(0, &["account", "publish", "-o", list]);
    judge.refusal(1, &["account", "publish", "-o", list]);
    judge.refusal(2, &["account", "publish"]);
    judge.report(0, &["account", "export", "-o", csv]);
    judge.report(0, &["account", "import", csv, "--dry-run"]);
    judge.refusal(1, &["account", "import", list]);
    judge.report(0, &["account", "reopen", "flode", "--note", "för tidigt"]);
}
