"""The demo workspace as the stock client sees it: its runs, tables, datasets and models are what they claim to be."""

from common import *
import json
import math
import pandas as pd

experiments = {e.name: e for e in client.search_experiments()}
ids = [experiments[f"wine-quality-{part}"].experiment_id for part in ("baselines", "tuning", "deep")]
runs = client.search_runs(ids, max_results=1000)
assert len(runs) == 60, len(runs)
assert {run.info.status for run in runs} == {"RUNNING", "SCHEDULED", "FINISHED", "FAILED", "KILLED"}

best = client.search_runs(ids[:1], "tags.best = 'true'")[0]
assert best.info.run_name.startswith("extra trees") and "Best of the baselines" in best.data.tags["mlflow.note.content"]
mlflow.set_experiment(experiment_id=ids[0])
table = mlflow.load_table("evaluation/examples.json", run_ids=[best.info.run_id])
assert len(table) == 40 and "absolute_error" in table
path = client.download_artifacts(best.info.run_id, "data/sample.parquet", folder())
assert len(pd.read_parquet(path)) == 240
dataset = best.inputs.dataset_inputs[0].dataset
assert json.loads(dataset.profile)["num_rows"] > 1000 and len(json.loads(dataset.schema)["mlflow_colspec"]) == 12

model_id = best.outputs.model_outputs[0].model_id
model = mlflow.pyfunc.load_model(f"models:/{model_id}")
files = mlflow.artifacts.download_artifacts(f"models:/{model_id}", dst_path=folder())
example = json.load(open(os.path.join(files, "input_example.json")))
frame = pd.DataFrame(example["data"], columns=example["columns"])
assert 4 < float(model.predict(frame).iloc[0]) < 8
assert mlflow.get_logged_model(model_id).metrics

long = next(run for run in runs if run.info.run_name == "ft-transformer-large")
assert len(client.get_metric_history(long.info.run_id, "train/loss")) == 120_000
lost = next(run for run in runs if run.info.run_name == "mlp-256, rate too high")
assert math.isnan(lost.data.metrics["train/loss"])
parent = next(run for run in runs if run.info.run_name == "forest, grid search")
children = client.search_runs(ids, f"tags.mlflow.parentRunId = '{parent.info.run_id}'")
assert len(children) == 9
done()
