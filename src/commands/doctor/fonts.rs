//! The fonts that come in the program, and that documents are set in.

use super::Check;
use crate::pdfa::missing_letters;
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
    check.fine("those in the program cover Swedish")
}
