"""Ten writers at once, each with its own run, all into one run besides: nothing is lost, nothing is mixed up."""

from common import *
from concurrent.futures import ThreadPoolExecutor
from mlflow.entities import Metric, Param

exp = client.create_experiment(unique("writers"))
shared = client.create_run(exp, run_name="shared").info.run_id
POINTS = 40


def writer(number):
    own = MlflowClient()
    id = own.create_run(exp, run_name=f"writer-{number}").info.run_id
    for step in range(POINTS):
        own.log_metric(id, "loss", number + step / 1000, step=step)
        own.log_metric(shared, f"loss/{number}", step, step=step)
        if step % 10 == 0:
            own.log_batch(id, metrics=[Metric("batch", i, 1, step * 100 + i) for i in range(100)],
                          params=[Param(f"p{step}", str(number))])
            own.log_text(id, f"{number}", f"texts/{step}.txt")
    own.set_tag(shared, f"done.{number}", "1")
    own.set_terminated(id)
    return number, id


with ThreadPoolExecutor(10) as pool:
    made = dict(pool.map(writer, range(10)))

for number, id in made.items():
    history = client.get_metric_history(id, "loss")
    assert [(m.step, m.value) for m in history] == [(s, number + s / 1000) for s in range(POINTS)] or \
        sorted((m.step, m.value) for m in history) == [(s, number + s / 1000) for s in range(POINTS)]
    assert len(client.get_metric_history(id, "batch")) == 400
    run = client.get_run(id)
    assert run.info.status == "FINISHED" and run.data.params == {f"p{s}": str(number) for s in (0, 10, 20, 30)}
    assert mlflow.artifacts.load_text(f"{run.info.artifact_uri}/texts/30.txt") == str(number)
    assert len(client.get_metric_history(shared, f"loss/{number}")) == POINTS
tags = client.get_run(shared).data.tags
assert all(tags[f"done.{number}"] == "1" for number in range(10))
assert len(client.search_runs([exp])) == 11
done()
