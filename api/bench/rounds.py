"""Rounds: what is compared is measured in turn, so that whatever else the machine does hits all."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from api.bench.bare import Taped, timed_replay
from api.bench.load import Round, Talk, run_load
from api.bench.serving import Serving
from api.bench.slices import sliced

CLIENTS = 16
WARM_UP_REQUESTS = 50  # connections, statements and texts are made at the first use

Say = Callable[[str], None]


@dataclass(frozen=True, kw_only=True, slots=True)
class Measured:
    """A round, and the processor time that an answer (of the reference: a purchase) took."""

    round: Round
    cpu_ms: float


# Measures the round of that number, from 0.
Measure = Callable[[int], Measured]


def in_turn(measures: Mapping[str, Measure], *, rounds: int, say: Say) -> dict[str, list[Measured]]:
    """Measure all of them in each round."""
    found: dict[str, list[Measured]] = {name: [] for name in measures}
    for number in range(rounds):
        for name, measure in measures.items():
            measured = measure(number)
            found[name].append(measured)
            say(f"  {number + 1}/{rounds}  {name:<24}{measured.round.per_s:>9,.0f}/s")
    return found


def load_on(server: Serving, talk: Talk, *, seconds: float) -> Measure:
    """Rounds of a load of so many seconds, after a first one that does not count."""
    run_load(talk, port=server.port, connections=CLIENTS, requests=WARM_UP_REQUESTS)
    return partial(_load, server, talk, seconds)


def in_slices(server: Serving, load: Measure) -> Measure:
    """The same rounds, while each of the server's processes has an equal part of a core."""

    def measure(number: int) -> Measured:
        with sliced(server.serving_pids()):
            return load(number)

    return measure


def _load(server: Serving, talk: Talk, seconds: float, _number: int) -> Measured:
    before_s = server.cpu_s()
    result = run_load(talk, port=server.port, connections=CLIENTS, seconds=seconds)
    cpu_ms = (server.cpu_s() - before_s) * 1000 / len(result.latencies_s)
    return Measured(round=result, cpu_ms=cpu_ms)


def bare_beside(
    server: Serving, url: str, tape: Sequence[Taped], *, rounds: int, cores: Sequence[int]
) -> Measure:
    """Rounds of the reference, each with the next part of the tape, on the server's own cores."""
    part = len(tape) // rounds

    def measure(number: int) -> Measured:
        server.settle()  # it must not work off what its last round left, at the reference's cost
        taped = tape[number * part : (number + 1) * part]
        replayed = timed_replay(url, taped, cores=cores)
        return Measured(round=replayed.round, cpu_ms=replayed.cpu_ms)

    return measure
