//! The filter language's text operators as SQL functions, so that they mean the same in the database and outside.

use std::sync::Arc;

use rusqlite::functions::{Context, FunctionFlags};
use rusqlite::{Connection, Error, Result};

use crate::domain::filter::{compile_regex, contains_ignoring_case, like, number_of};

/// Makes the functions known to a connection.
pub(in crate::store) fn register(connection: &Connection) -> Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC | FunctionFlags::SQLITE_DIRECTONLY;
    let two_texts = |name: &str, function: fn(&str, &str) -> bool| {
        connection.create_scalar_function(name, 2, flags, move |context| {
            Ok(function(context.get_raw(0).as_str()?, context.get_raw(1).as_str()?))
        })
    };
    two_texts("filter_like", |pattern, text| like(pattern, text, false))?;
    two_texts("filter_ilike", |pattern, text| like(pattern, text, true))?;
    two_texts("filter_contains", |part, text| contains_ignoring_case(text, part))?;
    connection.create_scalar_function("filter_matches", 2, flags, matches)?;
    connection.create_scalar_function("filter_number", 1, flags, |context| Ok(number_of(context.get_raw(0).as_str()?)))
}

fn matches(context: &Context<'_>) -> Result<bool> {
    // SQLite keeps the compiled pattern for as long as the statement runs.
    let regex: Arc<regex::Regex> = context.get_or_create_aux(0, |pattern| {
        let compiled = compile_regex(pattern.as_str()?);
        compiled.map_err(|message| Box::<dyn std::error::Error + Send + Sync>::from(message))
    })?;
    Ok(regex.is_match(context.get_raw(1).as_str().map_err(Error::from)?))
}
