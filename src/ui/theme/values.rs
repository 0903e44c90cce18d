//! Reads the theme files: `[section]` lines, `name = value` lines, comments.
//!
//! The files are embedded, so a mistake in one is a mistake of ours: reading never fails, it returns warnings,
//! and a test demands that there are none. Deliberately not a TOML library: three forms of line are all we use.

use std::collections::HashMap;

/// One `name = value` of a theme file, with the section that it stands in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) section: String,
    pub(super) name: String,
    pub(super) value: String,
}

/// All entries in file order, and what could not be read.
pub(super) fn entries(text: &str) -> (Vec<Entry>, Vec<String>) {
    let (mut found, mut warnings, mut section) = (Vec::new(), Vec::new(), String::new());
    for (number, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with("# ") {
            continue;
        }
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            name.clone_into(&mut section);
        } else if let Some((name, value)) = line.split_once('=') {
            let value = value.trim().trim_matches('"').to_owned();
            found.push(Entry { section: section.clone(), name: name.trim().to_owned(), value });
        } else {
            warnings.push(format!("line {}: neither a section nor a value", number + 1));
        }
    }
    (found, warnings)
}

/// Red, green, blue and alpha of `#rrggbb` or `#rrggbbaa`.
pub(super) fn parse_hex(text: &str) -> Option<[u8; 4]> {
    let digits = text.strip_prefix('#')?;
    if !digits.is_ascii() {
        return None;
    }
    let byte = |at: usize| digits.get(at..at + 2).and_then(|pair| u8::from_str_radix(pair, 16).ok());
    match digits.len() {
        6 => Some([byte(0)?, byte(2)?, byte(4)?, 255]),
        8 => Some([byte(0)?, byte(2)?, byte(4)?, byte(6)?]),
        _ => None,
    }
}

/// The colours of a theme by token name, with names of the palette replaced by what they stand for.
pub(super) fn colors(text: &str) -> (HashMap<String, [u8; 4]>, Vec<String>) {
    let (entries, mut warnings) = entries(text);
    let (mut palette, mut tokens) = (HashMap::new(), HashMap::new());
    for Entry { section, name, value } in entries {
        let Some(color) = parse_hex(&value).or_else(|| palette.get(&value).copied()) else {
            warnings.push(format!("{name}: {value:?} is neither a colour nor a name in the palette"));
            continue;
        };
        let into = if section == "palette" { &mut palette } else { &mut tokens };
        if into.insert(name.clone(), color).is_some() {
            warnings.push(format!("{name} is given twice"));
        }
    }
    (tokens, warnings)
}

/// The numbers of the scale by name.
pub(super) fn numbers(text: &str) -> (HashMap<String, f32>, Vec<String>) {
    let (entries, mut warnings) = entries(text);
    let mut found = HashMap::new();
    for Entry { name, value, .. } in entries {
        match value.parse::<f32>() {
            Ok(number) if number.is_finite() => _ = found.insert(name, number),
            _ => warnings.push(format!("{name}: {value:?} is not a number")),
        }
    }
    (found, warnings)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_of_the_palette_stands_for_its_colour() {
        let (colors, warnings) = colors("# note\n[palette]\nn0 = \"#010203\"\n[text]\ntext = \"n0\"\n");
        assert_eq!(colors.get("text"), Some(&[1, 2, 3, 255]));
        assert_eq!(colors.len(), 1, "the palette itself is no token");
        assert!(warnings.is_empty(), "{warnings:?}");
    }

    #[test]
    fn mistakes_are_reported_and_do_not_stop_the_reading() {
        let (colors, warnings) = colors("[text]\ntext = \"nope\"\nnonsense\nok = \"#00ff0080\"\nok = \"#00ff00\"\n");
        assert_eq!(colors.get("ok"), Some(&[0, 255, 0, 255]));
        assert_eq!(warnings.len(), 3, "{warnings:?}");
    }

    #[test]
    fn hex_is_read_exactly_or_not_at_all() {
        assert_eq!(parse_hex("#0a0B0c"), Some([10, 11, 12, 255]));
        assert_eq!(parse_hex("#0a0b0c7f"), Some([10, 11, 12, 127]));
        for bad in ["", "#", "0a0b0c", "#0a0b0", "#0a0b0cc", "#gg0000", "#ää0c"] {
            assert_eq!(parse_hex(bad), None, "{bad}");
        }
    }

    #[test]
    fn numbers_are_finite() {
        let (found, warnings) = numbers("[a]\nx = 4\ny = nan\nz = soon\n");
        assert_eq!(found.get("x"), Some(&4.0));
        assert_eq!((found.len(), warnings.len()), (1, 2));
    }
}
