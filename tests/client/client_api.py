"""MlflowClient: each call of classic tracking, its result, and how it fails."""

from common import *
from mlflow.entities import Metric, Param, RunTag, ViewType

now = int(time.time() * 1000)

# Experiments
name = unique("client")
exp = client.create_experiment(name, tags={"team": "cellar"})
read = client.get_experiment(exp)
assert read.name == name and read.tags == {"team": "cellar"} and read.lifecycle_stage == "active"
assert read.artifact_location.startswith("mlflow-artifacts:/"), read.artifact_location
assert client.get_experiment_by_name(name).experiment_id == exp
assert client.get_experiment_by_name(name + "?") is None
client.set_experiment_tag(exp, "k", "v")
assert client.get_experiment(exp).tags["k"] == "v"
client.delete_experiment_tag(exp, "k")
assert "k" not in client.get_experiment(exp).tags
client.rename_experiment(exp, name + " renamed")
assert client.get_experiment(exp).name == name + " renamed"
refused(lambda: client.create_experiment(name + " renamed"), "RESOURCE_ALREADY_EXISTS")
refused(lambda: client.get_experiment("999999999"), "RESOURCE_DOES_NOT_EXIST")
refused(lambda: client.create_experiment(""), "INVALID_PARAMETER_VALUE")

# Runs
run = client.create_run(exp, start_time=now, run_name="one", tags={"a": "1"})
id = run.info.run_id
assert run.info.status == "RUNNING" and run.info.start_time == now and run.info.run_name == "one"
assert run.data.tags["a"] == "1" and run.info.artifact_uri.endswith(f"{id}/artifacts")
unnamed = client.create_run(exp)
assert unnamed.info.run_name and unnamed.info.run_name == unnamed.data.tags["mlflow.runName"]
client.update_run(id, name="two")
assert client.get_run(id).data.tags["mlflow.runName"] == "two"
client.set_tag(id, "mlflow.runName", "three")
assert client.get_run(id).info.run_name == "three"
client.update_run(id, status="SCHEDULED")
assert client.get_run(id).info.status == "SCHEDULED"

# What a run holds
client.log_param(id, "p", 1)
client.log_metric(id, "m", 0.25, timestamp=now, step=4)
client.log_metric(id, "m", 0.75, timestamp=now - 5, step=2)
assert client.get_run(id).data.metrics["m"] == 0.25, "the highest step is the last value, not the latest write"
client.set_tag(id, "t", "x")
client.set_tag(id, "t", "y")
assert client.get_run(id).data.tags["t"] == "y"
client.delete_tag(id, "t")
assert "t" not in client.get_run(id).data.tags
refused(lambda: client.delete_tag(id, "t"), "RESOURCE_DOES_NOT_EXIST")
client.log_batch(
    id,
    metrics=[Metric(f"batch/{i % 10}", i, now + i, i) for i in range(900)],
    params=[Param(f"q{i}", str(i)) for i in range(60)],
    tags=[RunTag(f"u{i}", str(i)) for i in range(60)],
)
read = client.get_run(id)
assert read.data.metrics["batch/9"] == 899 and read.data.params["q59"] == "59" and read.data.tags["u59"] == "59"
assert len(client.get_metric_history(id, "batch/3")) == 90
client.log_batch(id, metrics=[Metric("same", 1.0, now, 0)] * 3)
assert len(client.get_metric_history(id, "same")) == 1, "a point logged twice is one point"

# A batch is written whole or not at all
refused(
    lambda: client.log_batch(id, metrics=[Metric("half", 1.0, now, 0)], params=[Param("p", "another")]),
    "INVALID_PARAMETER_VALUE",
)
assert "half" not in client.get_run(id).data.metrics
refused(lambda: client.log_metric("0" * 32, "m", 1.0), "RESOURCE_DOES_NOT_EXIST")
refused(lambda: client.log_param(id, "bad\x00key", 1), "INVALID_PARAMETER_VALUE")
refused(lambda: client.log_metric(id, "k" * 251, 1.0), "INVALID_PARAMETER_VALUE")

# Asynchronous calls arrive too
pending = [client.log_metric(id, "late", i, step=i, synchronous=False) for i in range(40)]
pending += [client.log_param(id, "late", "1", synchronous=False), client.set_tag(id, "late", "1", synchronous=False)]
for operation in pending:
    operation.wait()
read = client.get_run(id)
assert len(client.get_metric_history(id, "late")) == 40 and read.data.params["late"] == read.data.tags["late"] == "1"

# The end, the bin, and back
client.set_terminated(id, "KILLED", end_time=now + 1000)
assert client.get_run(id).info.status == "KILLED" and client.get_run(id).info.end_time == now + 1000
client.delete_run(id)
client.delete_run(id)
assert client.get_run(id).info.lifecycle_stage == "deleted"
refused(lambda: client.log_metric(id, "m", 1.0), "INVALID_PARAMETER_VALUE", "deleted")
refused(lambda: client.set_tag(id, "t", "1"), "INVALID_PARAMETER_VALUE", "active")
deleted = client.search_runs([exp], run_view_type=ViewType.DELETED_ONLY)
assert [run.info.run_id for run in deleted] == [id]
client.restore_run(id)
client.log_metric(id, "m", 1.0, step=9)
assert client.get_run(id).data.metrics["m"] == 1.0

client.delete_experiment(exp)
assert client.get_run(id).info.lifecycle_stage == "deleted", "runs go with their experiment"
refused(lambda: client.create_run(exp), "INVALID_PARAMETER_VALUE")
assert exp not in {e.experiment_id for e in client.search_experiments()}
assert exp in {e.experiment_id for e in client.search_experiments(view_type=ViewType.DELETED_ONLY)}
client.restore_experiment(exp)
assert client.get_run(id).info.lifecycle_stage == "active"
done()
