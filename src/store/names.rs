//! Names for runs and logged models that nobody named: `adjective-animal-NNN`.

use uuid::Uuid;

const ADJECTIVES: [&str; 64] = [
    "able", "agile", "amber", "ample", "balmy", "bold", "brave", "breezy", "bright", "brisk", "calm", "candid",
    "cheerful", "clever", "cosmic", "crisp", "curious", "dapper", "daring", "deft", "eager", "earnest", "fair",
    "fleet", "fond", "frank", "gentle", "glad", "golden", "grand", "handy", "honest", "humble", "keen", "kind",
    "lively", "lucid", "lucky", "mellow", "merry", "mighty", "modest", "neat", "nimble", "noble", "patient", "placid",
    "polite", "proud", "quick", "quiet", "ready", "serene", "sharp", "silent", "sleek", "smart", "steady", "sunny",
    "swift", "tidy", "upbeat", "vivid", "wise",
];

const ANIMALS: [&str; 64] = [
    "ant", "auk", "badger", "bat", "bear", "beaver", "bee", "bison", "boar", "carp", "cat", "cod", "colt", "crab",
    "crane", "crow", "deer", "dove", "duck", "eagle", "eel", "egret", "elk", "falcon", "fawn", "finch", "fox", "frog",
    "gnu", "goat", "goose", "grouse", "gull", "hare", "hawk", "hen", "heron", "horse", "ibex", "jay", "kite", "koala",
    "lark", "lion", "lynx", "mole", "moose", "moth", "newt", "otter", "owl", "panda", "perch", "pike", "puma", "quail",
    "rook", "seal", "shrew", "stork", "swan", "tern", "wolf", "wren",
];

/// A fresh random name.
pub(super) fn random_name() -> String {
    name_from(Uuid::new_v4().as_u128())
}

/// The name that 128 random bits stand for.
fn name_from(random: u128) -> String {
    // The version and variant bits of a UUID are fixed; these bits are not.
    let adjective = ADJECTIVES.get((random & 63) as usize).copied().unwrap_or("plain");
    let animal = ANIMALS.get((random >> 6 & 63) as usize).copied().unwrap_or("bird");
    let number = (random >> 12 & 0xffff_ffff) % 1000;
    format!("{adjective}-{animal}-{number}")
}

/// A fresh run id: 32 hexadecimal digits.
pub(super) fn random_id() -> String {
    Uuid::new_v4().simple().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_an_adjective_an_animal_and_a_number() {
        assert_eq!(name_from(0), "able-ant-0");
        assert_eq!(name_from(63 | 63 << 6 | 1999 << 12), "wise-wren-999");
        assert_eq!(random_name().split('-').count(), 3);
    }

    #[test]
    fn ids_are_32_hexadecimal_digits() {
        let id = random_id();
        assert_eq!(id.len(), 32);
        assert!(id.bytes().all(|byte| byte.is_ascii_hexdigit()));
    }
}
