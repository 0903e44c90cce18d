"""A writer that does not know its server is stopped and started again midway. Prints each step once it is acknowledged."""

import os

os.environ["MLFLOW_HTTP_REQUEST_MAX_RETRIES"] = "7"
os.environ["MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR"] = "1"
from common import *  # noqa: E402

exp = client.create_experiment(unique("restart"))
id = client.create_run(exp).info.run_id
for step in range(120):
    client.log_metric(id, "loss", step / 10, timestamp=1_700_000_000_000 + step, step=step)
    print("step", step, flush=True)
history = client.get_metric_history(id, "loss")
assert [(m.step, m.value) for m in history] == [(s, s / 10) for s in range(120)], len(history)
done()
