"""What this is for: a scikit-learn script with autolog on the wine data, nothing in it but the stock client."""

from common import *
import csv
import json
import pandas as pd
from sklearn.ensemble import RandomForestRegressor
from sklearn.model_selection import GridSearchCV, train_test_split

wine = os.environ.get("PROOFMARK_WINE")
if wine:
    data = pd.read_csv(wine)
else:
    from sklearn.datasets import load_wine

    data = load_wine(as_frame=True).frame.rename(columns={"target": "quality"})
    print("the wine-quality table is not there; scikit-learn's own wine table stands in")

mlflow.set_experiment(unique("autolog"))
mlflow.sklearn.autolog(log_input_examples=True)
train, test = train_test_split(data, random_state=42)
features = [column for column in data.columns if column != "quality"]

with mlflow.start_run(run_name="forest") as run:
    forest = RandomForestRegressor(n_estimators=20, max_depth=6, random_state=42)
    forest.fit(train[features], train["quality"])
    forest.score(test[features], test["quality"])

read = mlflow.get_run(run.info.run_id)
assert read.info.status == "FINISHED"
assert read.data.params["n_estimators"] == "20" and read.data.params["max_depth"] == "6"
assert "training_root_mean_squared_error" in read.data.metrics, read.data.metrics
assert any("score" in key for key in read.data.metrics), read.data.metrics
contexts = {tag.value for i in read.inputs.dataset_inputs for tag in i.tags if tag.key == "mlflow.data.context"}
assert "train" in contexts, contexts
profile = json.loads(read.inputs.dataset_inputs[0].dataset.profile)
assert str(len(train)) in json.dumps(profile), profile
model_id = read.outputs.model_outputs[0].model_id
model = mlflow.get_logged_model(model_id)
assert model.status == "READY" and model.source_run_id == run.info.run_id
loaded = mlflow.sklearn.load_model(f"models:/{model_id}")
assert list(loaded.predict(test[features])) == list(forest.predict(test[features]))
assert any(entry.path == "estimator.html" for entry in client.list_artifacts(run.info.run_id))

# A grid search makes a parent and its children.
mlflow.sklearn.autolog(log_models=False, max_tuning_runs=4)
with mlflow.start_run(run_name="grid") as parent:
    GridSearchCV(RandomForestRegressor(n_estimators=5), {"max_depth": [2, 3], "min_samples_leaf": [1, 5]}, cv=2).fit(
        train[features], train["quality"])
children = client.search_runs([run.info.experiment_id], f"tags.mlflow.parentRunId = '{parent.info.run_id}'")
assert len(children) == 4 and all(child.info.status == "FINISHED" for child in children)
assert all("mean_test_score" in child.data.metrics for child in children)
assert "best_cv_score" in mlflow.get_run(parent.info.run_id).data.metrics
done()
