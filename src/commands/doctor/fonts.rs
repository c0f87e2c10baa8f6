//! The fonts that documents are set in: those in the program, and those of the machine for other scripts.

use std::path::PathBuf;

use super::Check;
use crate::pdfa::{DEBIAN_FOLDERS, missing_letters, missing_packages};
use crate::workflow::told;

/// What Swedish documents are written with.
const SWEDISH: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZÅÄÖabcdefghijklmnopqrstuvwxyzåäöÉéÈèÜüÁáÆæØø0123456789\
                       .,:;!?()[]/&%+-–—…”’»«§°€@#·•";

const HINT: &str = "the program is damaged: install arkivd again";

pub(super) fn look() -> Check {
    let mut check = Check::new("fonts");
    match missing_letters(SWEDISH) {
        Err(error) => check.fault("the program's fonts", told(&error), HINT),
        Ok(missing) => {
            for (face, letter) in missing {
                check.fault(face, format!("it lacks the letter {letter:?}"), HINT);
            }
        }
    }
    for (package, what) in missing_packages(&DEBIAN_FOLDERS.map(PathBuf::from)) {
        check.warning(
            package,
            format!("it is not installed: {what} are drawn as boxes with their code points"),
            format!("apt-get install {package}"),
        );
    }
    check.fine("those in the program cover Swedish, those of the machine other scripts")
}
