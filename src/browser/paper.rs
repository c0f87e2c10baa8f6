//! The page as the browser prints it: tagged, on A4, streamed to a file.

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

/// Prints the page to `path`.
///
/// # Errors
/// When the browser does not print it, or the file cannot be written. What was written then is no whole file.
pub async fn print(page: &Session, path: &Path) -> Result<(), Error> {
    let method = "Page.printToPDF";
    let lacking = |what| Error::Lacking {
        method: method.to_owned(),
        what,
    };
    // A4 in inches, margins of a centimetre.
    let params = json!({
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
    let mut written: u64 = 0;
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
        written = written.saturating_add(bytes.len() as u64);
        if written > MOST {
            return Err(lacking("a print of any size that can be kept"));
        }
        file.write_all(&bytes).map_err(fault)?;
        if piece.get("eof").and_then(Value::as_bool) != Some(false) {
            break;
        }
    }
    let close = json!({"handle": stream});
    page.tell("IO.close", close).await?;
    match written {
        0 => Err(lacking("the print")),
        _ => Ok(()),
    }
}
