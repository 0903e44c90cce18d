//! A value that is fetched in the background and keeps its previous content while that happens or when it fails.

use super::UserError;

/// A fetched value, with what is known while it is fetched.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Loadable<T> {
    /// Never asked for.
    #[default]
    Empty,
    /// Asked for; `previous` is what was there before and is to be drawn as such.
    Loading {
        previous: Option<T>,
    },
    Ready(T),
    Failed {
        error: UserError,
        previous: Option<T>,
    },
}

impl<T> Loadable<T> {
    /// The newest value there is, current or previous.
    pub fn value(&self) -> Option<&T> {
        match self {
            Self::Ready(value) => Some(value),
            Self::Loading { previous } | Self::Failed { previous, .. } => previous.as_ref(),
            Self::Empty => None,
        }
    }

    /// As [`Self::value`], to change in place.
    pub fn value_mut(&mut self) -> Option<&mut T> {
        match self {
            Self::Ready(value) => Some(value),
            Self::Loading { previous } | Self::Failed { previous, .. } => previous.as_mut(),
            Self::Empty => None,
        }
    }

    /// The newest value, taken out.
    pub fn into_value(self) -> Option<T> {
        match self {
            Self::Ready(value) => Some(value),
            Self::Loading { previous } | Self::Failed { previous, .. } => previous,
            Self::Empty => None,
        }
    }

    pub fn is_empty(&self) -> bool {
        matches!(self, Self::Empty)
    }

    pub fn is_loading(&self) -> bool {
        matches!(self, Self::Loading { .. })
    }

    pub fn is_ready(&self) -> bool {
        matches!(self, Self::Ready(_))
    }

    /// Whether the value shown is older than what was last asked for.
    pub fn is_stale(&self) -> bool {
        !self.is_ready() && self.value().is_some()
    }

    pub fn error(&self) -> Option<&UserError> {
        match self {
            Self::Failed { error, .. } => Some(error),
            _ => None,
        }
    }

    /// Starts loading; keeps the value.
    pub fn start_loading(&mut self) {
        let previous = std::mem::take(self).into_value();
        *self = Self::Loading { previous };
    }

    /// Takes what a fetch brought: the new value, or an error beside the previous value.
    pub fn finish(&mut self, result: Result<T, UserError>) {
        match result {
            Ok(value) => *self = Self::Ready(value),
            Err(error) => {
                let previous = std::mem::take(self).into_value();
                *self = Self::Failed { error, previous };
            }
        }
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        *self = Self::Empty;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_previous_value_stays_while_loading_and_after_a_failure() {
        let mut value = Loadable::Empty;
        value.start_loading();
        assert_eq!((value.value(), value.is_loading()), (None, true));
        value.finish(Ok(1));
        value.start_loading();
        assert_eq!((value.value(), value.is_stale()), (Some(&1), true));
        value.finish(Err(UserError::new("No", "why")));
        assert_eq!((value.value(), value.error().map(|error| error.title.as_str())), (Some(&1), Some("No")));
        value.finish(Ok(2));
        assert_eq!((value.value(), value.error(), value.is_stale()), (Some(&2), None, false));
    }
}
