//! The filter language's text operators as SQL functions, so that they mean the same in the database and outside.

use std::sync::Arc;

use rusqlite::functions::{Context, FunctionFlags};
use rusqlite::{Connection, Error, Result};

use crate::domain::filter::{Like, compile_regex, contains_ignoring_case, number_of};

/// Makes the functions known to a connection.
pub(in crate::store) fn register(connection: &Connection) -> Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC | FunctionFlags::SQLITE_DIRECTONLY;
    connection.create_scalar_function("filter_like", 2, flags, |context| like(context, false))?;
    connection.create_scalar_function("filter_ilike", 2, flags, |context| like(context, true))?;
    connection.create_scalar_function("filter_contains", 2, flags, |context| {
        Ok(contains_ignoring_case(context.get_raw(1).as_str()?, context.get_raw(0).as_str()?))
    })?;
    connection.create_scalar_function("filter_matches", 2, flags, matches)?;
    connection.create_scalar_function("filter_number", 1, flags, |context| Ok(number_of(context.get_raw(0).as_str()?)))
}

fn like(context: &Context<'_>, ignore_case: bool) -> Result<bool> {
    // SQLite keeps the prepared pattern for as long as the statement runs.
    let pattern: Arc<Like> = context.get_or_create_aux(0, |pattern| {
        Ok::<_, Box<dyn std::error::Error + Send + Sync>>(Like::new(pattern.as_str()?, ignore_case))
    })?;
    Ok(pattern.matches(context.get_raw(1).as_str().map_err(Error::from)?))
}

fn matches(context: &Context<'_>) -> Result<bool> {
    // Kept like the pattern above.
    let regex: Arc<regex::Regex> = context.get_or_create_aux(0, |pattern| {
        let compiled = compile_regex(pattern.as_str()?);
        compiled.map_err(Box::<dyn std::error::Error + Send + Sync>::from)
    })?;
    Ok(regex.is_match(context.get_raw(1).as_str().map_err(Error::from)?))
}
