//! docs/pdfa-clauses.md: which clauses the gate holds, and who checks them.

use std::fmt::Write as _;

use super::Level;
use super::violation::{ROWS, Row};

/// A clause, its subject in the standard, and how many tests of it page_validation has, counted as veraPDF counts.
type Clause = (&'static str, &'static str, u8);

const STANDARDS: &[(Level, &str, &[Clause])] = &[
    (Level::A1a, "PDF/A-1a and 1b: ISO 19005-1:2005", A1),
    (Level::A2a, "PDF/A-2a, 2b and 2u: ISO 19005-2:2011", A2),
    (Level::Ua1, "PDF/UA-1: ISO 14289-1:2014", UA1),
];

#[rustfmt::skip]
const A1: &[Clause] = &[
    ("5.1", "Conformance: what PDF itself demands", 0),
    ("6.1.2", "File header", 2),
    ("6.1.3", "File trailer", 4),
    ("6.1.4", "Cross-reference table", 3),
    ("6.1.6", "String objects", 2),
    ("6.1.7", "Stream objects", 3),
    ("6.1.8", "Indirect objects", 1),
    ("6.1.10", "Filters", 2),
    ("6.1.11", "Embedded files", 2),
    ("6.1.12", "Implementation limits", 10),
    ("6.1.13", "Optional content", 1),
    ("6.2.2", "Output intent", 2),
    ("6.2.3.2", "ICCBased colour spaces", 2),
    ("6.2.3.3", "Uncalibrated colour spaces", 3),
    ("6.2.4", "Images", 5),
    ("6.2.5", "Form XObjects", 1),
    ("6.2.6", "Reference XObjects", 1),
    ("6.2.7", "PostScript XObjects", 1),
    ("6.2.8", "Extended graphics state", 2),
    ("6.2.9", "Rendering intents", 1),
    ("6.2.10", "Content streams", 1),
    ("6.3.2", "Font types", 7),
    ("6.3.3.1", "Composite fonts", 1),
    ("6.3.3.2", "CIDFonts", 1),
    ("6.3.3.3", "CMaps", 2),
    ("6.3.4", "Embedded font programs", 1),
    ("6.3.5", "Font subsets", 3),
    ("6.3.6", "Font metrics", 1),
    ("6.3.7", "Character encodings", 3),
    ("6.3.8", "Unicode character maps (level A)", 1),
    ("6.4", "Transparency", 6),
    ("6.5.2", "Annotation types", 1),
    ("6.5.3", "Annotation dictionaries", 6),
    ("6.6.1", "Actions", 3),
    ("6.6.2", "Trigger events", 3),
    ("6.7.2", "Properties", 2),
    ("6.7.3", "Document information dictionary", 8),
    ("6.7.5", "Normalisation of XMP", 2),
    ("6.7.8", "Extension schemas", 19),
    ("6.7.9", "Validation of XMP", 3),
    ("6.7.11", "Version and conformance level identification", 6),
    ("6.8.2.2", "Mark information dictionary (level A)", 1),
    ("6.8.3.3", "Structure hierarchy (level A)", 1),
    ("6.8.3.4", "Structure types (level A)", 2),
    ("6.8.4", "Natural language specification (level A)", 1),
    ("6.9", "Interactive forms", 2),
];

#[rustfmt::skip]
const A2: &[Clause] = &[
    ("5.1", "Conformance: what PDF itself demands", 0),
    ("6.1.2", "File header", 2),
    ("6.1.3", "File trailer", 3),
    ("6.1.4", "Cross-reference table", 1),
    ("6.1.6", "String objects", 2),
    ("6.1.7.1", "Stream objects", 3),
    ("6.1.7.2", "Filters", 1),
    ("6.1.8", "Name objects", 1),
    ("6.1.9", "Indirect objects", 1),
    ("6.1.10", "Inline image dictionaries", 1),
    ("6.1.12", "Permissions", 2),
    ("6.1.13", "Implementation limits", 10),
    ("6.2.2", "Content streams", 2),
    ("6.2.3", "Output intent", 3),
    ("6.2.4.2", "ICCBased colour spaces", 2),
    ("6.2.4.3", "Uncalibrated colour spaces", 3),
    ("6.2.4.4", "Separation and DeviceN colour spaces", 2),
    ("6.2.5", "Extended graphics state", 6),
    ("6.2.6", "Rendering intents", 1),
    ("6.2.8", "Images", 5),
    ("6.2.8.3", "JPEG 2000", 5),
    ("6.2.9", "XObjects", 3),
    ("6.2.10", "Transparency", 2),
    ("6.2.11.2", "Font types", 7),
    ("6.2.11.3.1", "Composite fonts", 1),
    ("6.2.11.3.2", "CIDFonts", 1),
    ("6.2.11.3.3", "CMaps", 3),
    ("6.2.11.4.1", "Embedded font programs", 2),
    ("6.2.11.4.2", "Subset embedding", 2),
    ("6.2.11.5", "Font metrics", 1),
    ("6.2.11.6", "Character encodings", 4),
    ("6.2.11.7.2", "Unicode character maps (levels A and U)", 2),
    ("6.2.11.7.3", "Private use characters (level A)", 1),
    ("6.2.11.8", "Use of .notdef glyph", 1),
    ("6.3.1", "Annotation types", 1),
    ("6.3.2", "Annotation dictionaries", 2),
    ("6.3.3", "Annotation appearances", 4),
    ("6.4.1", "Interactive forms", 3),
    ("6.4.2", "XFA forms", 2),
    ("6.4.3", "Digital signatures", 3),
    ("6.5.1", "Actions", 2),
    ("6.5.2", "Trigger events", 2),
    ("6.6.2.1", "Metadata streams", 5),
    ("6.6.2.3.1", "Schemas of properties", 2),
    ("6.6.2.3.2", "Extension schemas", 1),
    ("6.6.2.3.3", "Extension schema container schemas", 18),
    ("6.6.4", "Version and conformance level identification", 7),
    ("6.7.2.2", "Mark information dictionary (level A)", 1),
    ("6.7.3.3", "Structure hierarchy (level A)", 1),
    ("6.7.3.4", "Structure types (level A)", 3),
    ("6.7.4", "Natural language specification (level A)", 1),
    ("6.8", "Embedded files", 5),
    ("6.9", "Optional content", 4),
    ("6.10", "Alternate presentations and transitions", 2),
    ("6.11", "Document requirements", 1),
];

#[rustfmt::skip]
const UA1: &[Clause] = &[
    ("5", "Version identification", 5),
    ("6.1", "Conforming files: what PDF itself demands, and the file header", 1),
    ("6.2", "Tagged structure and marking", 1),
    ("7.1", "General", 12),
    ("7.2", "Text", 41),
    ("7.3", "Graphics", 1),
    ("7.4.2", "Numbered headings", 1),
    ("7.4.4", "Unnumbered headings", 2),
    ("7.5", "Tables", 2),
    ("7.7", "Mathematical expressions", 1),
    ("7.9", "Notes and references", 2),
    ("7.10", "Optional content", 2),
    ("7.11", "Embedded files", 1),
    ("7.15", "XFA", 1),
    ("7.16", "Security", 2),
    ("7.18.1", "Annotations", 3),
    ("7.18.2", "Annotation types", 1),
    ("7.18.3", "Tab order", 1),
    ("7.18.4", "Forms", 2),
    ("7.18.5", "Links", 2),
    ("7.18.6.2", "Media clip data", 2),
    ("7.18.8", "PrinterMark annotations", 1),
    ("7.20", "XObjects", 2),
    ("7.21.3.1", "Composite fonts", 1),
    ("7.21.3.2", "CIDFonts", 1),
    ("7.21.3.3", "CMaps", 3),
    ("7.21.4.1", "Embedded font programs", 2),
    ("7.21.4.2", "Subset embedding", 2),
    ("7.21.5", "Font metrics", 1),
    ("7.21.6", "Character encodings", 4),
    ("7.21.7", "Unicode character maps", 2),
    ("7.21.8", "Use of .notdef glyph", 1),
];

const HEAD: &str = "# The clauses that the gate holds

Generated from `src/pdfa/gate/`; rewrite it with `ARKIVD_CLAUSES=1 cargo test --test gate clauses`.

No PDF is sealed unless it passes at each level it declares. The crate page_validation checks the clauses below, and
gives each rule veraPDF's clause and test number; arkivd's own checks cover what page_validation is known to miss.
`arkivd pdf check` names the rule as `STANDARD:CLAUSE:TEST`. Test 0 is none of veraPDF's: it is what PDF itself demands
of every file, which veraPDF leaves to its parser.
";

/// docs/pdfa-clauses.md.
pub fn clause_table() -> String {
    let mut out = String::from(HEAD);
    for (level, title, clauses) in STANDARDS {
        // Writing to memory does not fail.
        let _ = write!(
            out,
            "\n## {title}\n\n| clause | about | tests of page_validation | and of arkivd |\n|---|---|---|---|\n"
        );
        for (clause, about, tests) in *clauses {
            let own: Vec<&str> = ROWS
                .iter()
                .filter(|row| is_of(row, *level, clause))
                .map(|row| row.name)
                .collect();
            let _ = writeln!(out, "| {clause} | {about} | {tests} | {} |", own.join(", "));
        }
    }
    out.push_str("\n## arkivd's own checks\n\n| check | what must hold | PDF/A-1 | PDF/A-2 | PDF/UA-1 |\n|---|---|---|---|---|\n");
    for row in ROWS {
        let [a1, a2, ua1] = [row.a1, row.a2, row.ua1].map(Option::unwrap_or_default);
        let _ = writeln!(out, "| {} | {} | {a1} | {a2} | {ua1} |", row.name, row.says);
    }
    out.push_str(OVERRULED);
    out
}

const OVERRULED: &str = "
## Where page_validation is overruled

Only where a measurement of our own says that the file is right:

- stream data that ends in CR before the LF of `endstream` (6.1.7, 6.1.7.1): each stream of the file was measured;
- widths of CFF glyphs whose charstring begins with a move along one axis (6.3.6, 6.2.11.5, 7.21.5): the shown glyphs
  of that font were measured, and it is asked again of the file without those widths.
";

fn is_of(row: &Row, level: Level, clause: &str) -> bool {
    row.clause(level)
        .and_then(|id| Some(id.rsplit_once(':')?.0.ends_with(&format!(":{clause}"))))
        .unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_own_check_stands_under_its_clause() {
        for row in ROWS {
            for (level, _, clauses) in STANDARDS {
                let Some(id) = row.clause(*level) else {
                    continue;
                };
                assert!(clauses.iter().any(|c| is_of(row, *level, c.0)), "{id}");
            }
        }
    }
}
