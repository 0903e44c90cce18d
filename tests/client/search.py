"""Search: filters, orders and pages, for runs and experiments."""

from common import *
from mlflow.entities import Metric, Param, RunTag

exp = client.create_experiment(unique("search"))
other = client.create_experiment(unique("search-other"))
now = int(time.time() * 1000)
ids = []
for i in range(25):
    run = client.create_run(exp, start_time=now + i, run_name=f"run-{i:02}", tags={"team": f"t{i % 3}"})
    id = run.info.run_id
    metrics = [Metric("rmse", i / 10, now, 0)] if i != 7 else [Metric("rmse", float("nan"), now, 0)]
    if i == 9:
        metrics = []
    params = [Param("depth", str(i % 5)), Param("with space", "x")] + ([Param("rare", "yes")] if i % 10 == 0 else [])
    client.log_batch(id, metrics=metrics, params=params, tags=[RunTag("Odd.Tag/1", "50%_off")])
    if i % 2:
        client.set_terminated(id, "FINISHED" if i % 4 == 1 else "FAILED", end_time=now + 60_000 + i)
    ids.append(id)
client.create_run(other, start_time=now)


def names(filter="", order=None, **more):
    return [run.info.run_name for run in client.search_runs([exp], filter, order_by=order, **more)]


def count(filter):
    return len(client.search_runs([exp], filter))


assert names()[:3] == ["run-24", "run-23", "run-22"], "newest first"
assert count("metrics.rmse > 1.5") == 9 and count("metrics.rmse <= 0.2") == 3 and count("metrics.rmse = 1.1") == 1
assert count("metric.rmse != 0.3") in (22, 23)
assert count("metrics.rmse > -1e3") == 23, "a run without the metric, or with NaN, does not match"
assert count("params.depth = '2'") == 5 and count("param.depth != '2'") == 20 and count("params.rare = 'yes'") == 3
assert count("params.rare != 'no'") == 3, "!= wants the parameter to be there"
assert count("params.`with space` = 'x'") == 25 and count('params."with space" = "x"') == 25
assert count("tags.team = 't1' AND params.depth = '1' and metrics.rmse < 1") == 1
assert count("tags.`Odd.Tag/1` LIKE '50%'") == 25 and count("tags.`Odd.Tag/1` LIKE '50\\%'") in (0, 25)
assert count("attributes.run_name LIKE 'run-0%'") == 10 and count("attributes.run_name ILIKE 'RUN-0%'") == 10
assert count("attributes.run_name LIKE 'RUN-0%'") == 0
assert count("attributes.status = 'FINISHED'") == 6 and count("status = 'RUNNING'") == 13
assert count("status != 'RUNNING'") == 12
assert count(f"attributes.start_time >= {now + 20}") == 5 and count(f"end_time > 0") == 12
some = "', '".join(ids[:3])
assert count(f"attributes.run_id IN ('{some}')") == 3 and count(f"run_id NOT IN ('{some}')") == 22
assert count("params.rare IS NULL") == 22 and count("params.rare IS NOT NULL") == 3

assert names(order=["metrics.rmse ASC"])[:2] == ["run-00", "run-01"]
assert names(order=["metrics.rmse DESC"])[0] == "run-24"
for direction in ("ASC", "DESC"):
    assert names(order=[f"metrics.rmse {direction}"])[-2:] == ["run-07", "run-09"], "NaN, then missing, come last"
assert names(order=["params.depth DESC", "attributes.start_time ASC"])[:2] == ["run-04", "run-09"]
assert names(order=["attributes.run_name"])[0] == "run-00"
assert names("metrics.rmse > 2", ["start_time ASC"]) == ["run-21", "run-22", "run-23", "run-24"]

page = client.search_runs([exp], max_results=10, order_by=["start_time ASC"])
seen = [run.info.run_name for run in page]
while page.token:
    page = client.search_runs([exp], max_results=10, order_by=["start_time ASC"], page_token=page.token)
    seen += [run.info.run_name for run in page]
assert seen == [f"run-{i:02}" for i in range(25)]
assert len(client.search_runs([exp, other])) == 26
assert client.search_runs([]) == [] or True

for bad in ("metrics.rmse >", "metrics.rmse > 'x'", "params.depth > 1", "colour = 'red'", "status ~ 'x'",
            "metrics.rmse > 1 OR metrics.rmse < 0", "attributes.run_id LIKE", "tags.a = b"):
    refused(lambda: client.search_runs([exp], bad), "INVALID_PARAMETER_VALUE")
refused(lambda: client.search_runs([exp], order_by=["colour ASC"]), "INVALID_PARAMETER_VALUE")
refused(lambda: client.search_runs([exp], max_results=50_001), "INVALID_PARAMETER_VALUE")

# Experiments
mark = unique("mark")
made = [client.create_experiment(f"{mark}-{i}", tags={"mark": mark, "i": str(i)}) for i in range(5)]
found = client.search_experiments(filter_string=f"tags.mark = '{mark}'")
assert [e.experiment_id for e in found] == made[::-1], "newest first"
assert len(client.search_experiments(filter_string=f"name LIKE '{mark}%'")) == 5
assert len(client.search_experiments(filter_string=f"tags.mark = '{mark}' AND tags.i != '3'")) == 4
ordered = client.search_experiments(filter_string=f"tags.mark = '{mark}'", order_by=["name ASC"], max_results=2)
assert [e.experiment_id for e in ordered] == made[:2] and ordered.token
refused(lambda: client.search_experiments(filter_string="colour = 'red'"), "INVALID_PARAMETER_VALUE")

frame = mlflow.search_runs([exp], "metrics.rmse > 2.2", order_by=["metrics.rmse DESC"])
assert list(frame["metrics.rmse"]) == [2.4, 2.3] and list(frame["params.depth"]) == ["4", "3"]
done()
