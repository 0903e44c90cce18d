"""The fluent API: what a training script does."""

from common import *
import math
import json
import pandas as pd

name = unique("fluent")
experiment = mlflow.set_experiment(name)
mlflow.set_experiment_tag("team", "cellar")

with mlflow.start_run(run_name="first", description="what it is **for**", tags={"stage": "baseline"}) as run:
    mlflow.log_param("alpha", 0.5)
    mlflow.log_params({"depth": 3, "kind": "tree", "long": "x" * 6000, "empty": ""})
    mlflow.log_metric("rmse", 0.75)
    for step in range(20):
        mlflow.log_metric("loss", 1 / (step + 1), step=step)
    mlflow.log_metrics({"mae": 0.5, "r2": -0.25}, step=3)
    mlflow.log_metric("odd", math.nan, step=0)
    mlflow.log_metric("odd", math.inf, step=1)
    mlflow.log_metric("odd", -math.inf, step=2)
    mlflow.set_tag("note", "größer, 大きい")
    mlflow.set_tags({"a": 1, "b": True})
    mlflow.log_text("hello\n", "texts/hello.txt")
    mlflow.log_dict({"x": [1, 2]}, "config.json")
    mlflow.log_dict({"x": [1, 2]}, "config.yaml")
    mlflow.log_table(pd.DataFrame({"q": [5, 6], "p": [5.2, 6.1]}), "tables/predictions.json")
    mlflow.log_table({"q": [7], "p": [6.8]}, "tables/predictions.json")
    frame = pd.DataFrame({"sugar": [1.5, 2.5], "quality": [5, 6]})
    mlflow.log_input(mlflow.data.from_pandas(frame, name="wine", targets="quality"), context="training", tags={"k": "v"})

read = mlflow.get_run(run.info.run_id)
assert read.info.status == "FINISHED" and read.info.run_name == "first", read.info
assert read.info.end_time >= read.info.start_time > 0
assert read.data.params == {"alpha": "0.5", "depth": "3", "kind": "tree", "long": "x" * 6000, "empty": ""}
assert read.data.metrics["rmse"] == 0.75 and read.data.metrics["loss"] == 1 / 20 and read.data.metrics["r2"] == -0.25
assert read.data.metrics["odd"] == -1.7976931348623157e308, read.data.metrics["odd"]
assert read.data.tags["note"] == "größer, 大きい" and read.data.tags["a"] == "1" and read.data.tags["b"] == "True"
assert read.data.tags["mlflow.note.content"] == "what it is **for**"
assert read.data.tags["mlflow.source.name"].endswith("fluent.py")
history = client.get_metric_history(run.info.run_id, "loss")
assert [(m.step, m.value) for m in history] == [(s, 1 / (s + 1)) for s in range(20)]
odd = {m.step: m.value for m in client.get_metric_history(run.info.run_id, "odd")}
assert math.isnan(odd[0]) and odd[1] == 1.7976931348623157e308, odd

# Artifacts that helpers made can be read back by their twins.
assert mlflow.artifacts.load_text(f"{run.info.artifact_uri}/texts/hello.txt") == "hello\n"
assert mlflow.artifacts.load_dict(f"{run.info.artifact_uri}/config.json") == {"x": [1, 2]}
table = mlflow.load_table("tables/predictions.json", run_ids=[run.info.run_id], extra_columns=["run_id"])
assert list(table["q"]) == [5, 6, 7] and set(table["run_id"]) == {run.info.run_id}, table

dataset = read.inputs.dataset_inputs[0]
assert dataset.dataset.name == "wine" and dataset.dataset.digest and dataset.dataset.source_type
tags = {tag.key: tag.value for tag in dataset.tags}
assert tags == {"k": "v", "mlflow.data.context": "training"}, tags
assert json.loads(dataset.dataset.profile)["num_rows"] == 2
assert "mlflow_colspec" in json.loads(dataset.dataset.schema)

# Nested runs point to their parents.
with mlflow.start_run(run_name="parent") as parent:
    for i in range(3):
        with mlflow.start_run(run_name=f"child {i}", nested=True):
            mlflow.log_metric("score", i)
            with mlflow.start_run(run_name=f"grandchild {i}", nested=True):
                mlflow.log_metric("score", 10 * i)
children = mlflow.search_runs([experiment.experiment_id], f"tags.mlflow.parentRunId = '{parent.info.run_id}'")
assert sorted(children["tags.mlflow.runName"]) == ["child 0", "child 1", "child 2"], children
assert client.get_parent_run(children["run_id"][0]).info.run_id == parent.info.run_id

# A script that fails leaves a failed run.
try:
    with mlflow.start_run(run_name="unlucky") as unlucky:
        raise ValueError("on purpose")
except ValueError:
    pass
assert mlflow.get_run(unlucky.info.run_id).info.status == "FAILED"
assert mlflow.last_active_run().info.run_id == unlucky.info.run_id

# Going on with a run that had ended.
with mlflow.start_run(run_id=run.info.run_id):
    assert client.get_run(run.info.run_id).info.status == "RUNNING"
    mlflow.log_metric("rmse", 0.7, step=1)
assert mlflow.get_run(run.info.run_id).data.metrics["rmse"] == 0.7

# A parameter is written once.
with mlflow.start_run(run_id=run.info.run_id):
    mlflow.log_param("alpha", 0.5)
    refused(lambda: mlflow.log_param("alpha", 0.6), "INVALID_PARAMETER_VALUE", "alpha")
assert mlflow.get_run(run.info.run_id).data.params["alpha"] == "0.5"

mlflow.delete_run(run.info.run_id)
assert run.info.run_id not in set(mlflow.search_runs([experiment.experiment_id])["run_id"])
mlflow.delete_experiment(experiment.experiment_id)
assert mlflow.get_experiment(experiment.experiment_id).lifecycle_stage == "deleted"
done()
