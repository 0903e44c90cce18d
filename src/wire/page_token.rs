//! Page tokens: the position of the next page, base64 of `{"offset": N}` as MLflow writes it.

use super::{Result, WireError};

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// The token of the page that starts after `offset` items.
pub fn encode_offset(offset: usize) -> String {
    base64_encode(format!("{{\"offset\": {offset}}}").as_bytes())
}

/// The offset that a token names; an absent or empty token is the first page.
pub fn decode_offset(token: Option<&str>) -> Result<usize> {
    #[derive(serde::Deserialize)]
    struct Token {
        offset: usize,
    }
    let Some(token) = token.filter(|token| !token.is_empty()) else { return Ok(0) };
    let bytes =
        base64_decode(token).ok_or_else(|| WireError::invalid("Invalid page token, could not base64-decode"))?;
    serde_json::from_slice(&bytes)
        .map(|Token { offset }| offset)
        .map_err(|_| WireError::invalid(format!("Invalid page token, decoded value=b'{}'", bytes.escape_ascii())))
}

/// Base64 of the text that stands for a logged-model page: it also holds what was asked, so that a token cannot be
/// used with another question.
pub(super) fn base64_encode(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let group = chunk.iter().fold(0_u32, |group, &byte| (group << 8) | u32::from(byte)) << (8 * (3 - chunk.len()));
        for position in 0..4 {
            let symbol = ALPHABET.get((group >> (18 - 6 * position)) as usize & 63).copied().unwrap_or(b'=');
            out.push(if position <= chunk.len() { symbol as char } else { '=' });
        }
    }
    out
}

/// Decodes base64 as Python does: characters outside the alphabet are skipped; wrong padding is an error.
pub(super) fn base64_decode(text: &str) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len() / 4 * 3);
    let (mut group, mut filled) = (0_u32, 0);
    let mut padding = 0;
    for byte in text.bytes() {
        if byte == b'=' {
            padding += 1;
            continue;
        }
        let Some(value) = ALPHABET.iter().position(|&symbol| symbol == byte) else { continue };
        group = (group << 6) | value as u32;
        filled += 1;
        if filled == 4 {
            out.extend_from_slice(&[(group >> 16) as u8, (group >> 8) as u8, group as u8]);
            (group, filled) = (0, 0);
        }
    }
    match (filled, padding) {
        (0, _) => {}
        (2, 2..) => out.push((group >> 4) as u8),
        (3, 1..) => out.extend_from_slice(&[(group >> 10) as u8, (group >> 2) as u8]),
        _ => return None,
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_those_of_mlflow() {
        assert_eq!(encode_offset(2), "eyJvZmZzZXQiOiAyfQ==");
        assert_eq!(decode_offset(Some("eyJvZmZzZXQiOiAyfQ==")), Ok(2));
        assert_eq!(decode_offset(None), Ok(0));
        for offset in [0, 9, 10, 99, 100, 25_000, 1_000_000] {
            assert_eq!(decode_offset(Some(&encode_offset(offset))), Ok(offset));
        }
    }

    #[test]
    fn other_texts_are_refused_in_mlflows_words() {
        for (token, words) in [
            ("bm90anNvbg==", "Invalid page token, decoded value=b'notjson'"),
            ("!!!", "Invalid page token, decoded value=b''"),
            ("abc", "Invalid page token, could not base64-decode"),
            ("eyJvZmZzZXQiOi0xfQ==", "Invalid page token, decoded value=b'{\\\"offset\\\":-1}'"),
        ] {
            assert_eq!(decode_offset(Some(token)).map_err(|error| error.message), Err(words.to_owned()));
        }
    }
}
