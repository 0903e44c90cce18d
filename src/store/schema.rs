//! Opening the database file: is it ours, may it be written, which version is it, bringing it up to date.
//!
//! Invariants: a database becomes ours, with its whole schema, in one transaction; a migration that was released is
//! never edited; a file that is not ours is never changed.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rusqlite::{Connection, ErrorCode, OpenFlags, TransactionBehavior};

use super::error::CANNOT_OPEN;
use super::{OpenMode, Result, StoreError, StoreErrorKind};

/// The database's name in a workspace's folder.
pub(super) const DATABASE_FILE: &str = "proofmark.db";

/// Marks the file as ours in its header; the letters `PRMK`.
const APPLICATION_ID: i32 = 0x5052_4d4b;

/// Migration `n` (from 1) brings a database from version `n - 1` to `n`.
const MIGRATIONS: &[&str] = &[include_str!("migrations/0001_tracking.sql")];

/// How long a statement waits for another process before it reports "busy".
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// How often it looks meanwhile.
const BUSY_POLL: Duration = Duration::from_millis(1);

/// The version that this program writes.
pub(super) fn newest_version() -> u32 {
    u32::try_from(MIGRATIONS.len()).unwrap_or(u32::MAX)
}

/// A database that was checked and, where possible, brought up to date.
#[derive(Debug, Clone)]
pub(super) struct Database {
    pub(super) path: PathBuf,
    pub(super) version: u32,
    /// Why it is open for reading only, if it is.
    pub(super) read_only: Option<String>,
    /// The folder cannot even hold SQLite's helper files; the file is read as if nobody could change it.
    immutable: bool,
}

impl Database {
    /// Checks the folder, creates or migrates the database as `mode` allows. `now` is the creation time in Unix
    /// milliseconds.
    pub(super) fn prepare(root: &Path, mode: OpenMode, now: i64) -> Result<Self> {
        let path = root.join(DATABASE_FILE);
        check_folder(root, &path, mode)?;
        if mode == OpenMode::ReadOnly {
            return Self::for_reading(path, "It was opened for reading only.".to_owned());
        }
        match Self::for_writing(path.clone(), now) {
            Err(error) if error.kind == StoreErrorKind::ReadOnly => {
                if !path.exists() {
                    return Err(StoreError::new(
                        StoreErrorKind::ReadOnly,
                        format!("A workspace cannot be created in {}: the folder cannot be written.", root.display()),
                    ));
                }
                Self::for_reading(path, "The folder or the database file cannot be written.".to_owned())
            }
            other => other,
        }
    }

    fn for_writing(path: PathBuf, now: i64) -> Result<Self> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let mut connection =
            Connection::open_with_flags(&path, flags).map_err(|error| not_writable(error.into(), &path))?;
        wait_when_busy(&mut connection, BUSY_TIMEOUT)?;
        if connection.is_readonly("main")? {
            return Err(StoreError::new(StoreErrorKind::ReadOnly, "The database file cannot be written."));
        }
        let version = identify(&connection, &path)?;
        if version > newest_version() {
            drop(connection);
            return Self::for_reading(path, newer_message(version));
        }
        use_wal(&connection).map_err(|error| not_writable(error, &path))?;
        let version = migrate(&mut connection, &path, now).map_err(|error| not_writable(error, &path))?;
        if version > newest_version() {
            drop(connection);
            return Self::for_reading(path, newer_message(version));
        }
        Ok(Self { path, version, read_only: None, immutable: false })
    }

    fn for_reading(path: PathBuf, reason: String) -> Result<Self> {
        let mut database = Self { path, version: 0, read_only: Some(reason), immutable: false };
        let version = database.open_reader().and_then(|connection| identify(&connection, &database.path));
        database.version = match version {
            Ok(version) => version,
            Err(error) if matches!(error.kind, StoreErrorKind::ReadOnly | StoreErrorKind::Internal) => {
                if has_unmerged_changes(&database.path) {
                    return Err(StoreError::new(
                        StoreErrorKind::ReadOnly,
                        "The workspace was not closed properly and lies in a folder that cannot be written, so its \
                         newest changes cannot be read. Copy the folder to a place that can be written and open the \
                         copy.",
                    ));
                }
                database.immutable = true;
                let connection = database.open_reader()?;
                identify(&connection, &database.path)?
            }
            Err(error) => return Err(error),
        };
        if database.version == 0 {
            return Err(not_a_workspace(&database.path, "its database is empty"));
        }
        if database.version > newest_version() {
            database.read_only = Some(newer_message(database.version));
        } else if database.version < newest_version() {
            return Err(StoreError::new(
                StoreErrorKind::ReadOnly,
                format!(
                    "The workspace has the older format {} and must be brought up to date before it can be read, but \
                     it cannot be written. Open a copy of it that can be written.",
                    database.version
                ),
            ));
        }
        Ok(database)
    }

    /// A connection for the writer thread.
    pub(super) fn open_writer(&self) -> Result<Connection> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let mut connection = Connection::open_with_flags(&self.path, flags)?;
        wait_when_busy(&mut connection, BUSY_TIMEOUT)?;
        commit_to_disk(&connection)?;
        connection.pragma_update(None, "foreign_keys", true)?;
        connection.pragma_update(None, "cache_size", -8_000)?;
        connection.pragma_update(None, "journal_size_limit", 64 << 20)?;
        connection.pragma_update(None, "temp_store", "MEMORY")?;
        connection.set_prepared_statement_cache_capacity(128);
        Ok(connection)
    }

    /// A connection that can only read.
    pub(super) fn open_reader(&self) -> Result<Connection> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_URI;
        let connection = if self.immutable {
            Connection::open_with_flags(immutable_uri(&self.path), flags)?
        } else {
            Connection::open_with_flags(&self.path, flags & !OpenFlags::SQLITE_OPEN_URI)?
        };
        connection.busy_timeout(BUSY_TIMEOUT)?;
        connection.pragma_update(None, "query_only", true)?;
        connection.pragma_update(None, "cache_size", -4_000)?;
        connection.pragma_update(None, "temp_store", "MEMORY")?;
        connection.set_prepared_statement_cache_capacity(128);
        super::search::register_functions(&connection)?;
        Ok(connection)
    }
}

fn check_folder(root: &Path, path: &Path, mode: OpenMode) -> Result<()> {
    if root.exists() && !root.is_dir() {
        return Err(not_a_workspace(path, "it is a file, not a folder"));
    }
    if path.is_file() {
        return Ok(());
    }
    if mode != OpenMode::CreateOrOpen {
        let why = if root.exists() { "it has no proofmark.db" } else { "there is no such folder" };
        return Err(not_a_workspace(path, why));
    }
    super::folders::create_all(root).map_err(|error| {
        let kind = match error.kind() {
            std::io::ErrorKind::StorageFull => StoreErrorKind::DiskFull,
            std::io::ErrorKind::PermissionDenied | std::io::ErrorKind::ReadOnlyFilesystem => StoreErrorKind::ReadOnly,
            _ => StoreErrorKind::Internal,
        };
        StoreError::new(kind, format!("The folder {} cannot be created: {error}.", root.display()))
    })
}

/// The version of a database of ours; 0 for a file that nothing was ever written to.
fn identify(connection: &Connection, path: &Path) -> Result<u32> {
    let application_id: i32 = connection.pragma_query_value(None, "application_id", |row| row.get(0))?;
    let version: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if application_id == APPLICATION_ID && version > 0 {
        return Ok(u32::try_from(version).unwrap_or(u32::MAX));
    }
    let tables: i64 = connection.query_row("SELECT count(*) FROM sqlite_master", [], |row| row.get(0))?;
    if application_id == 0 && version == 0 && tables == 0 {
        return Ok(0);
    }
    Err(not_a_workspace(path, "its proofmark.db belongs to another program"))
}

/// Switching to WAL needs the file alone for a moment and does not wait by itself.
fn use_wal(connection: &Connection) -> Result<()> {
    let deadline = Instant::now() + BUSY_TIMEOUT;
    loop {
        match connection.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get::<_, String>(0)) {
            Ok(_) => break,
            Err(error)
                if matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked))
                    && Instant::now() < deadline =>
            {
                std::thread::sleep(Duration::from_millis(5));
            }
            Err(error) => return Err(error.into()),
        }
    }
    commit_to_disk(connection)
}

/// A commit that returned is on the disk. On macOS that takes another system call than elsewhere, where the last two
/// have no effect.
fn commit_to_disk(connection: &Connection) -> Result<()> {
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "fullfsync", true)?;
    connection.pragma_update(None, "checkpoint_fullfsync", true)?;
    Ok(())
}

/// Waits up to `patience` for a lock that another process holds, looking every millisecond. SQLite's own way of
/// waiting soon looks only ten times a second, and then hardly ever meets the short gaps between a busy writer's
/// commits.
pub(super) fn wait_when_busy(connection: &mut Connection, patience: Duration) -> Result<()> {
    let mut deadline = Instant::now();
    connection.busy_handler(Some(move |earlier_calls: i32| {
        if earlier_calls == 0 {
            deadline = Instant::now() + patience;
        }
        let goes_on = Instant::now() < deadline;
        if goes_on {
            std::thread::sleep(BUSY_POLL);
        }
        goes_on
    }))?;
    Ok(())
}

/// Applies what is missing, each migration in its own transaction, and says which version the database has now.
fn migrate(connection: &mut Connection, path: &Path, now: i64) -> Result<u32> {
    loop {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let version = identify(&transaction, path)?;
        let Some(migration) = MIGRATIONS.get(version as usize) else {
            return Ok(version);
        };
        transaction.execute_batch(migration)?;
        if version == 0 {
            transaction.execute("INSERT INTO workspace (id, created_at, revision) VALUES (1, ?1, 1)", [now])?;
            transaction.execute(
                "INSERT INTO experiment (id, name, artifact_location, created_at, updated_at, revision)
                 VALUES (0, 'Default', 'mlflow-artifacts:/0', ?1, ?1, 1)",
                [now],
            )?;
        }
        transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
        transaction.pragma_update(None, "user_version", version + 1)?;
        transaction.commit()?;
    }
}

fn has_unmerged_changes(path: &Path) -> bool {
    let mut wal = path.as_os_str().to_owned();
    wal.push("-wal");
    std::fs::metadata(wal).is_ok_and(|wal| wal.len() > 0)
}

fn immutable_uri(path: &Path) -> String {
    use std::fmt::Write as _;
    let mut uri = String::from("file:");
    for byte in path.to_string_lossy().bytes() {
        if byte.is_ascii_alphanumeric() || b"/-_.~".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(uri, "%{byte:02X}");
        }
    }
    uri.push_str("?immutable=1");
    uri
}

/// Turns the ways in which SQLite says "no permission" into one kind.
fn not_writable(error: StoreError, path: &Path) -> StoreError {
    let denied = error.kind == StoreErrorKind::Internal
        && path.parent().is_none_or(|folder| {
            std::fs::metadata(folder).map_or(true, |folder| folder.permissions().readonly())
                || error.message == CANNOT_OPEN
        });
    if denied { StoreError::new(StoreErrorKind::ReadOnly, error.message) } else { error }
}

pub(super) fn newer_message(version: u32) -> String {
    format!(
        "It was written by a newer version of Proofmark (format {version}, this version knows {}). Update Proofmark to \
         change it.",
        newest_version()
    )
}

fn not_a_workspace(path: &Path, why: &str) -> StoreError {
    let root = path.parent().unwrap_or(path);
    let hint = if root.join("meta.yaml").exists() || root.join("mlruns").is_dir() || root.join("mlflow.db").exists() {
        " It looks like MLflow's own folder: import it into a workspace instead."
    } else {
        " Choose a workspace's folder, or an empty one to create a workspace in."
    };
    StoreError::new(StoreErrorKind::NotAWorkspace, format!("{} is not a workspace: {why}.{hint}", root.display()))
}
