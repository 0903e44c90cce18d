"""A linear model of wine quality that reads its weights from JSON: nothing is unpickled when it is loaded."""

import json
import os


class WineModel:
    def __init__(self, weights):
        self.weights = weights

    def predict(self, model_input, params=None):
        quality = self.weights["intercept"]
        for name, weight in self.weights["coefficients"].items():
            quality = quality + weight * model_input[name]
        return quality


def _load_pyfunc(path):
    if os.path.isdir(path):
        path = os.path.join(path, "weights.json")
    with open(path) as file:
        return WineModel(json.load(file))
