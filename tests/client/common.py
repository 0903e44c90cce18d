"""What the scripts beside this one share. Each is a story told to a tracking server by the stock MLflow client.

The server's address comes in MLFLOW_TRACKING_URI. A script that reaches its end has passed; anything else is a failed
assertion with the line that failed. They were written against the stock server and pass there too, but for an unknown
field in a search of logged models, which it answers with an internal error.
"""

import os
import sys
import tempfile
import time

os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
os.environ.setdefault("DO_NOT_TRACK", "true")
os.environ.setdefault("GIT_PYTHON_REFRESH", "quiet")
os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
# A bug must show at once, not after minutes of patience.
os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "2")
os.environ.setdefault("MLFLOW_HTTP_REQUEST_TIMEOUT", "30")

import mlflow  # noqa: E402
from mlflow import MlflowClient  # noqa: E402
from mlflow.exceptions import MlflowException  # noqa: E402

client = MlflowClient()


def folder():
    return tempfile.mkdtemp(prefix="proofmark-client-")


def unique(name):
    return f"{name}-{time.time_ns()}"


def refused(call, code, *words):
    """The call fails with this error code and with these words in its message, and fails at once."""
    started = time.monotonic()
    try:
        call()
    except MlflowException as error:
        assert error.error_code == code, f"expected {code}, got {error.error_code}: {error}"
        for word in words:
            assert word in str(error), f"{word!r} is not in {error}"
        assert time.monotonic() - started < 10, "the client retried an error that retrying cannot mend"
        return
    raise AssertionError(f"nothing was refused; expected {code}")


def eventually(condition, what, seconds=20):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        value = condition()
        if value:
            return value
        time.sleep(0.05)
    raise AssertionError(f"not within {seconds} s: {what}")


def done():
    print("passed", os.path.basename(sys.argv[0]), flush=True)
