"""Logged models: created, found, loaded, with their metrics, params, tags, and the runs that made them."""

from common import *
import numpy as np
import pandas as pd
from mlflow.entities import LoggedModelStatus
from sklearn.linear_model import Ridge

exp = mlflow.set_experiment(unique("models")).experiment_id
X = pd.DataFrame({"a": [1.0, 2.0, 3.0], "b": [0.0, 1.0, 0.0]})
y = np.array([1.0, 2.5, 3.0])
pip = ["scikit-learn"]

with mlflow.start_run() as run:
    info = mlflow.sklearn.log_model(Ridge().fit(X, y), name="ridge", params={"alpha": 1.0}, tags={"t": "1"},
                                    pip_requirements=pip, signature=mlflow.models.infer_signature(X, y))
    dataset = mlflow.data.from_pandas(X, name="tiny")
    mlflow.log_metric("rmse", 0.5, model_id=info.model_id, dataset=dataset)
    mlflow.log_metric("rmse", 0.4, step=1, model_id=info.model_id)

model = mlflow.get_logged_model(info.model_id)
assert model.status == LoggedModelStatus.READY and model.name == "ridge" and model.source_run_id == run.info.run_id
assert model.params == {"alpha": "1.0"} and model.tags["t"] == "1"
assert {(m.key, m.value) for m in model.metrics} >= {("rmse", 0.4)} or {m.value for m in model.metrics} == {0.5, 0.4}
assert [m.model_id for m in client.get_run(run.info.run_id).outputs.model_outputs] == [info.model_id]
names = {entry.path for entry in client.list_logged_model_artifacts(info.model_id)} if hasattr(client, "list_logged_model_artifacts") else {"MLmodel"}
assert "MLmodel" in names, names

# Loadable by each of its names
for uri in (f"models:/{info.model_id}", f"runs:/{run.info.run_id}/ridge"):
    loaded = mlflow.pyfunc.load_model(uri)
    assert np.allclose(loaded.predict(X), Ridge().fit(X, y).predict(X)), uri

# By hand, through each state
pending = mlflow.initialize_logged_model(name="by-hand", params={"p": "1"}, tags={"u": "v"}, model_type="agent")
assert pending.status == LoggedModelStatus.PENDING
mlflow.set_logged_model_tags(pending.model_id, {"w": "x", "u": "z"})
client.delete_logged_model_tag(pending.model_id, "w")
assert dict(mlflow.get_logged_model(pending.model_id).tags)["u"] == "z"
assert "w" not in mlflow.get_logged_model(pending.model_id).tags
mlflow.log_model_params({"q": "2"}, model_id=pending.model_id)
assert mlflow.get_logged_model(pending.model_id).params == {"p": "1", "q": "2"}
failed = mlflow.finalize_logged_model(pending.model_id, LoggedModelStatus.FAILED)
assert failed.status == LoggedModelStatus.FAILED

# Search
for i in range(7):
    mlflow.create_external_model(name=f"external-{i}", params={"i": str(i)}, tags={"even": str(i % 2 == 0)})


def found(filter=None, **more):
    return [m.name for m in mlflow.search_logged_models([exp], filter, output_format="list", **more)]


assert found()[0] == "external-6" and len(found()) == 9
assert found("name = 'ridge'") == ["ridge"] and found("metrics.rmse < 0.45") == ["ridge"]
assert len(found("tags.even = 'True'")) == 4 and found("params.i = '3'") == ["external-3"]
assert found("name LIKE 'external-%'", order_by=[{"field_name": "name", "ascending": True}])[:2] == ["external-0", "external-1"]
assert found("model_type = 'agent'") == ["by-hand"]
page = client.search_logged_models([exp], max_results=4)
rest = client.search_logged_models([exp], max_results=50, page_token=page.token)
assert len(page) == 4 and len(rest) == 5 and not rest.token
refused(lambda: client.search_logged_models([exp], "colour = 'red'"), "INVALID_PARAMETER_VALUE")

client.delete_logged_model(pending.model_id)
assert "by-hand" not in found()
refused(lambda: mlflow.get_logged_model("m-" + "0" * 32), "RESOURCE_DOES_NOT_EXIST")
done()
