//! veraPDF, where it is the second gate, or could be.

use std::path::Path;

use super::program::{is_program, on_the_path, said_by};
use super::{Case, Check};

const NAME: &str = "verapdf";
const HINT: &str = "correct path under [pdf] in arkivd.toml, or install veraPDF (verapdf.org) and Java; without it no PDF is sealed";

pub(super) fn look(case: &Case) -> Check {
    let mut check = Check::new("verapdf");
    let pdf = case.config.as_ref().map(|c| c.pdf.clone());
    let pdf = pdf.unwrap_or_default();
    let demanded = pdf.second_gate.is_some();
    let Some(program) = pdf.path.or_else(|| on_the_path(&[NAME])) else {
        if demanded {
            let problem = "it is the second gate, and not on the PATH";
            check.fault(NAME, problem, HINT);
        }
        return check.fine("not installed, and no second gate is demanded");
    };
    let told = program.display().to_string();
    if !demanded {
        return check.fine(format!(
            "{told}; second_gate = \"verapdf\" under [pdf] would have it judge each PDF too"
        ));
    }
    match version(&program) {
        Ok(version) => check.fine(format!("{told}, {version}, judges each PDF too")),
        Err(problem) => {
            check.fault(told, problem, HINT);
            check
        }
    }
}

/// The first line of what it says of itself.
fn version(program: &Path) -> Result<String, &'static str> {
    if !program.exists() {
        return Err("it does not exist");
    }
    if !is_program(program) {
        return Err("it is no program that may be run");
    }
    let said = program.to_str().and_then(|p| said_by(p, &["--version"]));
    let line = said.and_then(|s| s.lines().next().map(str::to_owned));
    line.filter(|l| !l.is_empty())
        .ok_or("it says no version when asked with --version")
}
