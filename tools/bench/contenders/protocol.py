"""The contender's side: say that it is ready, train on command, end with standard input. See protocol.mjs."""

import json
import sys
import time


def serve(facts, train, warmup):
    """train(count) runs `count` steps and returns the loss of the last one as a float."""

    def timed(count):
        began = time.perf_counter()
        loss = train(count)
        return {"ms": (time.perf_counter() - began) * 1e3, "steps": count, "loss": loss}

    def say(message):
        print(json.dumps(message), flush=True)

    runs = [timed(1) for _ in range(max(1, warmup))]
    say({"ready": True, **facts, "firstMs": runs[0]["ms"], "stepMs": runs[-1]["ms"]})
    for line in sys.stdin:
        words = line.split()
        if len(words) == 2 and words[0] == "steps":
            say(timed(int(words[1])))
