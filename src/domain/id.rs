//! Identifiers: one newtype a kind of thing, so that a run can never be asked for by a model's id.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

/// An experiment's number, written as a decimal string on the wire. `0` is the default experiment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ExperimentId(pub i64);

impl ExperimentId {
    /// The experiment that every workspace has.
    pub const DEFAULT: Self = Self(0);
}

impl fmt::Display for ExperimentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for ExperimentId {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(Arc<str>);

        impl $name {
            /// Wraps a text that came from outside; whether such a thing exists is the store's to say.
            pub fn new(text: impl Into<Arc<str>>) -> Self {
                Self(text.into())
            }

            /// The text as it stands on the wire.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

text_id! {
    /// A run's id: 32 hexadecimal digits when we make it, at most 256 characters of `[\w-]` otherwise.
    RunId
}

text_id! {
    /// A logged model's id: `m-` and 32 hexadecimal digits.
    LoggedModelId
}
