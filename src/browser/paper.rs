//! The page as the browser prints it: tagged, on A4, streamed to a file, or to several where one would be too large.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

use super::Error;
use super::cdp::Session;

/// Hundreds of pages take Chromium this long on a busy machine.
const PATIENCE: Duration = Duration::from_secs(120);

/// Bytes asked for at once.
const PIECE: u32 = 1 << 20;

/// Bytes of the whole; a print that is larger is of no use to anyone.
const MOST: u64 = 1 << 30;

/// What a print may be before it is made in several: the gate's memory goes by it, measured as three times its bytes and
/// 5,000 for each object (pdfa::PrintLimits).
const MOST_PAGES: u64 = 500;
const MOST_BYTES: u64 = 30_000_000;
const MOST_MEMORY: u64 = 125_000_000;

/// Prints in which a page is made at most.
const MOST_PRINTS: u64 = 60;

/// What a print is made of.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Weight {
    bytes: u64,
    pages: u64,
    objects: u64,
}

impl Weight {
    /// In how many prints of equal pages the gate can judge it.
    fn prints(self) -> u64 {
        let memory = self
            .bytes
            .saturating_mul(3)
            .saturating_add(self.objects.saturating_mul(5_000));
        let whole = [
            self.pages.div_ceil(MOST_PAGES),
            self.bytes.div_ceil(MOST_BYTES),
            memory.div_ceil(MOST_MEMORY),
        ];
        match whole.into_iter().max() {
            // What all prints share stands in each.
            Some(n @ 2..) => (n + n.div_ceil(4)).min(MOST_PRINTS).min(self.pages.max(1)),
            _ => 1,
        }
    }
}

/// Counts what a print is made of as it passes by: Chromium writes objects and pages in clear.
#[derive(Debug, Default)]
struct Scale {
    weight: Weight,
    /// The end of what came before, where a word may have begun.
    rest: Vec<u8>,
}

impl Scale {
    fn add(&mut self, bytes: &[u8]) {
        const PAGE: &[u8] = b"/Type /Page";
        const END: &[u8] = b"endobj";
        self.weight.bytes = self.weight.bytes.saturating_add(bytes.len() as u64);
        let begun = self.rest.len();
        self.rest.extend_from_slice(bytes);
        // One byte more than the longer word: what follows it tells a page from the tree of pages.
        for window in self.rest.windows(PAGE.len() + 1) {
            let page = window.starts_with(PAGE) && !window.ends_with(b"s");
            self.weight.pages += u64::from(page);
            self.weight.objects += u64::from(window.starts_with(END));
        }
        let keep = PAGE.len().min(begun + bytes.len());
        self.rest.drain(..self.rest.len() - keep);
    }
}

/// Prints the page to `print.pdf` in the folder; one that is too large for the gate to `print-001.pdf` and so on.
///
/// # Errors
/// When the browser does not print it, or a file cannot be written. Nothing is left in the folder then.
pub async fn print(page: &Session, folder: &Path) -> Result<(), Error> {
    let whole = folder.join("print.pdf");
    let weight = match one(page, &whole, None).await {
        Ok(weight) => weight,
        Err(error) => {
            remove(folder);
            return Err(error);
        }
    };
    let prints = weight.prints();
    if prints == 1 {
        return Ok(());
    }
    let _ = fs::remove_file(&whole);
    let each = weight.pages.div_ceil(prints);
    for (number, first) in
        (1..).zip((1..=weight.pages).step_by(usize::try_from(each).unwrap_or(usize::MAX)))
    {
        let path = folder.join(format!("print-{number:03}.pdf"));
        let last = (first + each - 1).min(weight.pages);
        if let Err(error) = one(page, &path, Some((first, last))).await {
            remove(folder);
            return Err(error);
        }
    }
    Ok(())
}

/// Removes what was printed, whole or not.
pub fn remove(folder: &Path) {
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    for entry in entries.flatten() {
        if entry.file_name().to_string_lossy().starts_with("print") {
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// One print, of all pages or of these from 1.
async fn one(page: &Session, path: &Path, pages: Option<(u64, u64)>) -> Result<Weight, Error> {
    let method = "Page.printToPDF";
    let lacking = |what| Error::Lacking {
        method: method.to_owned(),
        what,
    };
    // A4 in inches, margins of a centimetre.
    let ranges = pages.map_or_else(String::new, |(first, last)| format!("{first}-{last}"));
    let params = json!({
        "pageRanges": ranges,
        "paperWidth": 210.0 / 25.4,
        "paperHeight": 297.0 / 25.4,
        "marginTop": 10.0 / 25.4,
        "marginBottom": 10.0 / 25.4,
        "marginLeft": 10.0 / 25.4,
        "marginRight": 10.0 / 25.4,
        "printBackground": true,
        "preferCSSPageSize": false,
        "generateTaggedPDF": true,
        "generateDocumentOutline": true,
        "transferMode": "ReturnAsStream",
    });
    let answer = page.call_within(method, params, PATIENCE).await?;
    let stream = answer.get("stream").and_then(Value::as_str);
    let stream = stream.ok_or_else(|| lacking("the print"))?;
    let fault = |source| Error::Write {
        path: path.to_owned(),
        source,
    };
    let mut file = fs::File::create(path).map_err(fault)?;
    let mut scale = Scale::default();
    loop {
        let piece = json!({"handle": stream, "size": PIECE});
        let piece = page.call("IO.read", piece).await?;
        let data = piece
            .get("data")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let encoded = piece.get("base64Encoded").and_then(Value::as_bool);
        let bytes = match encoded {
            Some(true) => BASE64_STANDARD
                .decode(data)
                .map_err(|_| lacking("a print that can be read"))?,
            _ => data.as_bytes().to_vec(),
        };
        scale.add(&bytes);
        if scale.weight.bytes > MOST {
            return Err(lacking("a print of any size that can be kept"));
        }
        file.write_all(&bytes).map_err(fault)?;
        if piece.get("eof").and_then(Value::as_bool) != Some(false) {
            break;
        }
    }
    let close = json!({"handle": stream});
    page.tell("IO.close", close).await?;
    match scale.weight.bytes {
        0 => Err(lacking("the print")),
        _ => Ok(scale.weight),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_print_is_made_of_is_counted_however_it_comes() {
        let print = b"1 0 obj\n<</Type /Pages\n/Count 2>>\nendobj\n2 0 obj\n<</Type /Page\n>>\nendobj\n\
                      3 0 obj\n<</Type /Page\n>>\nendobj\nxref\n0 4\ntrailer\n<<>>\nstartxref\n%%EOF";
        for size in 1..print.len() {
            let mut scale = Scale::default();
            print.chunks(size).for_each(|piece| scale.add(piece));
            let Weight {
                bytes,
                pages,
                objects,
            } = scale.weight;
            assert_eq!(
                (bytes, pages, objects),
                (print.len() as u64, 2, 3),
                "{size}"
            );
        }
    }

    #[test]
    fn a_print_that_the_gate_cannot_hold_is_made_in_several() {
        let weight = |bytes, pages, objects| {
            Weight {
                bytes,
                pages,
                objects,
            }
            .prints()
        };
        assert_eq!(weight(16_000_000, 148, 5_000), 1);
        assert_eq!(weight(1_000_000, 501, 5_000), 3);
        assert_eq!(weight(60_000_000, 300, 9_000), 3);
        assert_eq!(weight(5_000_000, 200, 60_000), 4);
        assert_eq!(weight(60_000_000, 1, 9_000), 1, "a page cannot be halved");
        assert_eq!(weight(u64::MAX, u64::MAX, u64::MAX), MOST_PRINTS);
    }
}
