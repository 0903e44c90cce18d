//! Who does something, and through which door.

/// The door through which a change came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Channel {
    Window,
    Rest,
    CommandLine,
    Import,
}

impl Channel {
    /// The word kept in the history.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Window => "window",
            Self::Rest => "rest",
            Self::CommandLine => "command-line",
            Self::Import => "import",
        }
    }
}

/// The person or program behind a write; every write to the store names one.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Actor {
    /// A user name as the operating system or the client gives it; empty when unknown.
    pub name: String,
    pub channel: Channel,
}

impl Actor {
    pub fn new(name: impl Into<String>, channel: Channel) -> Self {
        Self { name: name.into(), channel }
    }
}
