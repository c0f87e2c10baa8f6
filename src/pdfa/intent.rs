//! The colours that a file means: sRGB (ISO 19005-1, 6.2.2).

use lopdf::{Dictionary, Object};

pub const SRGB: &[u8] = include_bytes!("../../fonts/sRGB.icc");

/// `profile` is the stream of [`SRGB`].
pub fn output_intent(profile: Object) -> Dictionary {
    let srgb = Object::string_literal("sRGB IEC61966-2.1");
    Dictionary::from_iter([
        ("Type", "OutputIntent".into()),
        ("S", "GTS_PDFA1".into()),
        ("OutputConditionIdentifier", srgb.clone()),
        ("Info", srgb),
        (
            "RegistryName",
            Object::string_literal("http://www.color.org"),
        ),
        ("DestOutputProfile", profile),
    ])
}
