//! The schemas that lie in a package: archive-schema/packages/LICENCES.md tells of each.

use crate::export::erms::ErmsVersion;

macro_rules! schema {
    ($name:literal) => {
        (
            $name,
            include_bytes!(concat!("../../../archive-schema/packages/", $name)).as_slice(),
        )
    };
}

/// By name, with those that this edition of ERMS asks for.
pub(super) fn of(erms: ErmsVersion) -> [(&'static str, &'static [u8]); 8] {
    [
        schema!("mets.xsd"),
        schema!("xlink.xsd"),
        schema!("DILCISExtensionMETS.xsd"),
        schema!("DILCISExtensionSIPMETS.xsd"),
        schema!("premis.xsd"),
        schema!("ead3.xsd"),
        match erms {
            ErmsVersion::V3_0 => schema!("ERMS_v3.xsd"),
            ErmsVersion::V2_1 => schema!("ERMS_v2_1_2.xsd"),
        },
        schema!("LICENCES.md"),
    ]
}
