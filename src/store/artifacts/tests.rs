#![expect(clippy::unwrap_used, reason = "tests")]

use std::io::Read;

use tempfile::TempDir;

use super::*;

fn artifacts() -> (TempDir, Artifacts) {
    let dir = TempDir::new().unwrap();
    let artifacts = Artifacts::new(dir.path().join("artifacts"), None);
    (dir, artifacts)
}

fn put(artifacts: &Artifacts, path: &str, bytes: &[u8]) {
    let mut writer = artifacts.begin_write(path).unwrap();
    writer.write_all(bytes).unwrap();
    writer.finish().unwrap();
}

fn read(artifacts: &Artifacts, path: &str) -> Vec<u8> {
    let (mut file, size) = artifacts.open(path).unwrap();
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes).unwrap();
    assert_eq!(bytes.len() as u64, size);
    bytes
}

fn unfinished(artifacts: &Artifacts) -> usize {
    fs::read_dir(artifacts.root().join(INCOMING)).unwrap().count()
}

#[test]
fn a_written_file_is_read_back_and_listed() {
    let (_dir, artifacts) = artifacts();
    put(&artifacts, "1/run/artifacts/d/a.txt", b"hello");
    put(&artifacts, "1/run/artifacts/b b.json", b"{}");
    put(&artifacts, "1/run/artifacts/empty", b"");
    assert_eq!(read(&artifacts, "1/run/artifacts/d/a.txt"), b"hello");
    let entry = |name: &str, is_dir, size_bytes| ArtifactEntry { name: name.to_owned(), is_dir, size_bytes };
    assert_eq!(
        artifacts.list("1/run/artifacts").unwrap(),
        [entry("b b.json", false, 2), entry("d", true, 0), entry("empty", false, 0)]
    );
    assert_eq!(artifacts.list("").unwrap(), [entry("1", true, 0)]);
    assert_eq!(artifacts.list("1/run/artifacts/d/a.txt").unwrap(), []);
    assert_eq!(artifacts.list("nowhere").unwrap(), []);
}

#[test]
fn writing_again_replaces_the_file() {
    let (_dir, artifacts) = artifacts();
    put(&artifacts, "a", b"long old text");
    put(&artifacts, "a", b"new");
    assert_eq!(read(&artifacts, "a"), b"new");
}

#[test]
fn an_unfinished_file_is_nowhere() {
    let (_dir, artifacts) = artifacts();
    let mut writer = artifacts.begin_write("a/b.txt").unwrap();
    writer.write_all(b"half").unwrap();
    assert_eq!(artifacts.list("").unwrap(), []);
    assert_eq!(artifacts.open("a/b.txt").unwrap_err().kind, StoreErrorKind::NotFound);
    drop(writer);
    assert_eq!(unfinished(&artifacts), 0);
}

#[test]
fn leftovers_of_a_dead_writer_are_removed_and_those_of_a_living_one_stay() {
    let (_dir, artifacts) = artifacts();
    let mut living = artifacts.begin_write("kept").unwrap();
    living.write_all(b"all of it").unwrap();
    fs::write(artifacts.root().join(INCOMING).join("dead"), b"half").unwrap();
    artifacts.remove_leftovers().unwrap();
    assert_eq!(unfinished(&artifacts), 1);
    living.finish().unwrap();
    assert_eq!(read(&artifacts, "kept"), b"all of it");
    assert_eq!(unfinished(&artifacts), 0);
}

#[test]
fn deleting_takes_files_and_folders_and_does_not_mind_what_is_missing() {
    let (_dir, artifacts) = artifacts();
    put(&artifacts, "r/a.txt", b"1");
    put(&artifacts, "r/d/b.txt", b"2");
    artifacts.delete("r/a.txt").unwrap();
    artifacts.delete("r/a.txt").unwrap();
    artifacts.delete("r/d").unwrap();
    artifacts.delete("never/was").unwrap();
    assert_eq!(artifacts.list("r").unwrap(), []);
    assert_eq!(artifacts.delete("").unwrap_err().kind, StoreErrorKind::InvalidParameter);
}

#[test]
fn paths_that_could_leave_the_root_are_refused() {
    let (_dir, artifacts) = artifacts();
    let deep = (0..12).fold("..".replace('.', "%2e"), |text, _| text.replace('%', "%25"));
    for path in [
        "..",
        "../x",
        "a/../b",
        "a/..",
        ".",
        "a/./b",
        "/etc/passwd",
        "//etc",
        "%2fetc",
        "..%2fx",
        "%2e%2e/x",
        "%252e%252e%252fx",
        &deep,
        "a\\..\\b",
        "a%5cb",
        "C:/x",
        "c:x",
        "a/C:/x",
        "C%3A/x",
        "file:///etc",
        "FILE:x",
        "x#/../../etc",
        "a%23b",
        "a?b",
        "a%3Fb",
        "a\0b",
        "a%00b",
        "a%2500b",
        "a\nb",
        "a%ff",
        ".incoming/x",
        ".Incoming",
    ] {
        for result in [
            artifacts.resolve(path).map(drop),
            artifacts.list(path).map(drop),
            artifacts.open(path).map(drop),
            artifacts.begin_write(path).map(drop),
            artifacts.delete(path),
        ] {
            let error = result.unwrap_err();
            assert_eq!(error.kind, StoreErrorKind::InvalidParameter, "{path}");
            assert!(error.message.starts_with("Invalid path"), "{path}: {}", error.message);
        }
    }
}

#[test]
fn odd_but_harmless_names_are_kept_as_they_are() {
    let (_dir, artifacts) = artifacts();
    for path in ["a%20b.txt", "100%.txt", "größe/图.png", "..a", "a..b", "...", "a b", "1/x/.hidden", "~", "a;b", "&$"]
    {
        put(&artifacts, path, path.as_bytes());
        assert_eq!(read(&artifacts, path), path.as_bytes());
    }
    assert_eq!(artifacts.resolve("a//b/").unwrap().relative(), "a/b");
    assert_eq!(artifacts.resolve("a//b/").unwrap().name(), "b");
}

#[cfg(unix)]
#[test]
fn symbolic_links_are_not_followed_and_not_listed() {
    let (dir, artifacts) = artifacts();
    let outside = dir.path().join("outside");
    fs::create_dir_all(&outside).unwrap();
    fs::write(outside.join("secret"), b"secret").unwrap();
    put(&artifacts, "r/a.txt", b"1");
    std::os::unix::fs::symlink(&outside, artifacts.root().join("r/link")).unwrap();
    std::os::unix::fs::symlink(outside.join("secret"), artifacts.root().join("r/file")).unwrap();
    let names: Vec<String> = artifacts.list("r").unwrap().into_iter().map(|entry| entry.name).collect();
    assert_eq!(names, ["a.txt"]);
    for path in ["r/link", "r/link/secret", "r/file", "r/link/new"] {
        assert!(artifacts.open(path).unwrap_err().message.contains("symbolic link"), "{path}");
        assert!(artifacts.begin_write(path).is_err(), "{path}");
        assert!(artifacts.delete(path).is_err(), "{path}");
    }
    artifacts.delete("r").unwrap();
    assert_eq!(fs::read(outside.join("secret")).unwrap(), b"secret");
}

#[test]
fn folders_files_and_names_that_do_not_fit_are_told_apart() {
    let (_dir, artifacts) = artifacts();
    put(&artifacts, "d/a.txt", b"1");
    let message = |result: Result<()>| result.unwrap_err().message;
    assert_eq!(message(artifacts.open("d").map(drop)), "Artifact path refers to a directory, not a file: 'd'");
    assert_eq!(message(artifacts.open("d/x").map(drop)), "No such artifact: 'd/x'");
    assert_eq!(message(artifacts.open("d/a.txt/x").map(drop)), "No such artifact: 'd/a.txt/x'");
    assert_eq!(
        message(artifacts.begin_write("x/").map(drop)),
        "Artifact path must include a filename (cannot end with '/')."
    );
    assert!(message(artifacts.begin_write("d").map(drop)).contains("is a folder"));
    assert!(message(artifacts.begin_write(&"n".repeat(300)).map(drop)).contains("300 bytes"));
    let below_file = artifacts.begin_write("d/a.txt/x").unwrap().finish().unwrap_err();
    assert_eq!(below_file.kind, StoreErrorKind::InvalidParameter);
}

#[test]
fn a_read_only_workspace_refuses_writes_and_says_why() {
    let (dir, artifacts) = artifacts();
    put(&artifacts, "a", b"1");
    let artifacts = Artifacts::new(dir.path().join("artifacts"), Some("The disk is read-only".to_owned()));
    assert_eq!(read(&artifacts, "a"), b"1");
    assert_eq!(artifacts.begin_write("b").unwrap_err().kind, StoreErrorKind::ReadOnly);
    assert_eq!(artifacts.delete("a").unwrap_err().message, "The disk is read-only");
}

#[test]
fn paths_that_are_far_too_long_or_deep_are_refused() {
    let (_dir, artifacts) = artifacts();
    let message = |path: &str| artifacts.begin_write(path).unwrap_err().message;
    assert_eq!(message(&"a/".repeat(5_000)), "Invalid path");
    assert_eq!(message(&format!("{}f", "a/".repeat(64))), "Invalid path");
    assert_eq!(message(&format!("{0}/{0}/{0}/{0}/{0}", "n".repeat(250))), "Invalid path");
    put(&artifacts, &format!("{}f", "a/".repeat(63)), b"deep");
}

#[cfg(unix)]
#[test]
fn a_name_that_became_a_link_after_it_was_checked_is_not_followed() {
    let dir = TempDir::new().unwrap();
    fs::write(dir.path().join("secret"), b"secret").unwrap();
    let link = dir.path().join("link");
    std::os::unix::fs::symlink(dir.path().join("secret"), &link).unwrap();
    let error = open_itself(&link, OpenOptions::new().read(true)).unwrap_err();
    assert!(is_link_error(&error), "{error}");
    assert!(open_itself(&dir.path().join("secret"), OpenOptions::new().read(true)).is_ok());
}
