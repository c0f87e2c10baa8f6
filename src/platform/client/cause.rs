//! What lies under the client's errors.

use std::error::Error;
use std::io;

/// The next error further in. An `io::Error` passes over the error it wraps: that one is taken.
fn inner<'e>(error: &'e (dyn Error + 'static)) -> Option<&'e (dyn Error + 'static)> {
    let wrapped = error
        .downcast_ref::<io::Error>()
        .and_then(io::Error::get_ref);
    match wrapped {
        Some(wrapped) => Some(wrapped),
        None => error.source(),
    }
}

/// The first error of that type among the causes.
pub(super) fn find<'e, T: Error + 'static>(error: &'e (dyn Error + 'static)) -> Option<&'e T> {
    let mut at = Some(error);
    while let Some(error) = at {
        if let Some(found) = error.downcast_ref() {
            return Some(found);
        }
        at = inner(error);
    }
    None
}

/// What the lowest layer says: the part that a person can act on.
pub(super) fn innermost(error: &(dyn Error + 'static)) -> String {
    let mut at = error;
    while let Some(further) = inner(at) {
        at = further;
    }
    at.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("the cause")]
    struct Cause;

    #[test]
    fn a_cause_is_found_under_wrapped_io_errors() {
        let error = io::Error::other(io::Error::other(Cause));
        assert!(find::<Cause>(&error).is_some());
        assert_eq!(innermost(&error), "the cause");
        assert!(find::<Cause>(&io::Error::other("none")).is_none());
    }
}
