//! A CAR file (ipld.io/specs/transport/car), as com.atproto.sync.getRecord answers with: the blocks that prove that a
//! record stands in its repository, or that it does not.

/// True when one of the blocks is a record: it alone has a `$type`; the commit and the tree's nodes have none, and a
/// record key cannot hold a `$`. `None` when the file does not hold together.
pub(super) fn holds_record(file: &[u8]) -> Option<bool> {
    let (header, mut rest) = section(file)?;
    // {"roots": [..], "version": 1}
    if header.is_empty() {
        return None;
    }
    let mut found = false;
    let mut blocks = 0;
    while !rest.is_empty() {
        let (block, after) = section(rest)?;
        found |= is_record(block);
        blocks += 1;
        rest = after;
    }
    (blocks > 0).then_some(found)
}

/// A map of DAG-CBOR with the key `$type`, after the block's name.
fn is_record(block: &[u8]) -> bool {
    // The text of five bytes `$type` in CBOR.
    const KEY: &[u8] = b"\x65$type";
    block.windows(KEY.len()).any(|at| at == KEY)
}

/// One section and what follows it: its length as an unsigned LEB128, then that many bytes.
fn section(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut length = 0_u64;
    for (at, byte) in bytes.iter().take(9).enumerate() {
        length |= u64::from(byte & 0x7f) << (7 * at);
        if byte & 0x80 == 0 {
            let length = usize::try_from(length).ok()?;
            return bytes.get(at + 1..)?.split_at_checked(length);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn car(blocks: &[&[u8]]) -> Vec<u8> {
        let mut out = Vec::new();
        for block in [&[b"header".as_slice()], blocks].concat() {
            let mut length = block.len();
            while length >= 0x80 {
                out.push(length as u8 | 0x80);
                length >>= 7;
            }
            out.push(length as u8);
            out.extend_from_slice(block);
        }
        out
    }

    #[test]
    fn a_record_is_known_by_its_type() {
        let node = b"name\xa2aexapp.bsky.feed.post/3k".as_slice();
        let mut record = vec![b'x'; 300];
        record.extend_from_slice(b"\xa2\x65$type\x72app.bsky.feed.post");
        assert_eq!(holds_record(&car(&[node])), Some(false));
        assert_eq!(holds_record(&car(&[node, &record])), Some(true));
    }

    #[test]
    fn what_is_no_such_file_says_nothing() {
        let whole = car(&[b"name"]);
        for broken in [
            &b""[..],
            b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff",
            b"{}",
            &whole[..9],
            b"\x01a",
        ] {
            assert_eq!(holds_record(broken), None, "{broken:?}");
        }
    }
}
