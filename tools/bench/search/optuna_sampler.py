"""Optuna's TPE as a process that is asked: one JSON line in, one out.

{"new": {"space": [...], "seed": 1, "objectives": 1}} begins a study; {"ask": true} answers {"values": {...}};
{"tell": [0.5]} gives the objectives of what was asked last, all to be minimised.
"""

import json
import sys
import warnings

import optuna

optuna.logging.set_verbosity(optuna.logging.ERROR)
warnings.simplefilter("ignore")


def suggest(trial, dimension):
    name = dimension["name"]
    if "values" in dimension:
        return trial.suggest_categorical(name, dimension["values"])
    low, high, log = dimension["low"], dimension["high"], dimension["log"]
    if dimension["integer"]:
        step = dimension.get("step") or 1
        return trial.suggest_int(name, int(low), int(high), log=log, step=1 if log else int(step))
    return trial.suggest_float(name, low, high, log=log)


def draw(trial, space):
    values = {}
    for dimension in space:
        when = dimension.get("when") or {}
        if all(values.get(parent) in allowed for parent, allowed in when.items()):
            values[dimension["name"]] = suggest(trial, dimension)
    return values


def main():
    study = space = trial = None
    print(json.dumps({"optuna": optuna.__version__}), flush=True)
    for line in sys.stdin:
        message = json.loads(line)
        if "new" in message:
            new = message["new"]
            space = new["space"]
            sampler = optuna.samplers.TPESampler(seed=new["seed"], multivariate=True, constant_liar=True)
            study = optuna.create_study(sampler=sampler, directions=["minimize"] * new["objectives"])
        elif "ask" in message:
            trial = study.ask()
            print(json.dumps({"values": draw(trial, space)}), flush=True)
        else:
            study.tell(trial, message["tell"])


main()
