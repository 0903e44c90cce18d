"""System metrics: the client's own monitor writes to the run while it goes on."""

from common import *

try:
    import psutil  # noqa: F401
except ImportError:
    assert os.environ.get("PROOFMARK_CI") != "1", "psutil is not installed"
    print("skipped: psutil is not installed")
    done()
    sys.exit()

mlflow.set_experiment(unique("system"))
mlflow.set_system_metrics_sampling_interval(0.2)
mlflow.set_system_metrics_samples_before_logging(1)
with mlflow.start_run(log_system_metrics=True) as run:
    eventually(lambda: any(k.startswith("system/") for k in client.get_run(run.info.run_id).data.metrics), "a reading")
metrics = client.get_run(run.info.run_id).data.metrics
assert 0 <= metrics["system/cpu_utilization_percentage"] <= 100, metrics
assert client.get_metric_history(run.info.run_id, "system/cpu_utilization_percentage")
done()
