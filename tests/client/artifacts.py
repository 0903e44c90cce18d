"""Artifacts: up, down, listed, deleted, through the proxied artifact API."""

from common import *
import pathlib
import requests

exp = client.create_experiment(unique("artifacts"))
run = client.create_run(exp)
id = run.info.run_id

source = pathlib.Path(folder())
(source / "deep" / "er").mkdir(parents=True)
(source / "top.txt").write_text("top\n")
(source / "deep" / "a b.csv").write_text("x,y\n1,2\n")
(source / "deep" / "er" / "größe-大.bin").write_bytes(bytes(range(256)))
(source / "empty.txt").write_bytes(b"")
large = os.urandom(9_000_000)
(source / "large.bin").write_bytes(large)

client.log_artifacts(id, str(source), "all")
client.log_artifact(id, str(source / "top.txt"))
client.log_text(id, "<b>html</b>", "page.html")
client.log_dict(id, {"a": 1}, "config.json")

top = {entry.path: (entry.is_dir, entry.file_size) for entry in client.list_artifacts(id)}
assert top == {"all": (True, None), "top.txt": (False, 4), "page.html": (False, 11), "config.json": (False, top["config.json"][1])}, top
inner = {entry.path: None if entry.is_dir else entry.file_size or 0 for entry in client.list_artifacts(id, "all")}
assert inner == {"all/deep": None, "all/empty.txt": 0, "all/large.bin": 9_000_000, "all/top.txt": 4}, inner
assert [e.path for e in client.list_artifacts(id, "all/deep/er")] == ["all/deep/er/größe-大.bin"]
assert client.list_artifacts(id, "nothing/here") == []
assert client.list_artifacts(id, "top.txt") == [] or [e.path for e in client.list_artifacts(id, "top.txt")] == ["top.txt"]

back = pathlib.Path(client.download_artifacts(id, "all", folder()))
for file in source.rglob("*"):
    if file.is_file():
        assert (back / file.relative_to(source)).read_bytes() == file.read_bytes(), file
one = client.download_artifacts(id, "all/deep/a b.csv", folder())
assert open(one).read() == "x,y\n1,2\n"
assert mlflow.artifacts.load_text(f"runs:/{id}/page.html") == "<b>html</b>"

# Written again: the new content is there
client.log_text(id, "second", "page.html")
assert mlflow.artifacts.load_text(f"{run.info.artifact_uri}/page.html") == "second"

# What is not there, and what must not be reached
for path in ("missing.txt", "all/missing/file.txt"):
    try:
        client.download_artifacts(id, path, folder())
        raise AssertionError(f"{path} was downloaded")
    except AssertionError:
        raise
    except Exception as error:
        assert "5" != str(getattr(getattr(error, "response", None), "status_code", "4"))[0], error
for path in ("../../x", "a/../../b"):
    try:
        found = client.list_artifacts(id, path)
        raise AssertionError(f"{path} was listed: {found}")
    except (MlflowException, requests.HTTPError) as error:
        assert "INVALID_PARAMETER_VALUE" in str(error) or "Invalid" in str(error), error

from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository

repository = get_artifact_repository(run.info.artifact_uri)
repository.delete_artifacts("all/deep")
assert {e.path for e in client.list_artifacts(id, "all")} == {"all/empty.txt", "all/large.bin", "all/top.txt"}
repository.delete_artifacts("top.txt")
assert "top.txt" not in {e.path for e in client.list_artifacts(id)}
done()
