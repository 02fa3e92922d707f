"""Independent parts of one long task, shared among processes that answer in the order of the parts.

Pooling the cells of a whole registry, or making the pages of a full history, takes minutes on one processor. A
process here is a Python of its own that is handed work through its standard input, like the judge: inside Airflow,
`multiprocessing` would import Airflow in each, or refuse to start any.

python -m pipeline.processes     a worker; it ends with its standard input, or with the process that started it
"""

import os
import pickle
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from itertools import chain, islice
from queue import SimpleQueue
from typing import Any, BinaryIO, TypeVar, cast

from pipeline.errors import ResourcesExhausted

Part = TypeVar("Part")
Answer = TypeVar("Answer")
Worker = subprocess.Popen[bytes]


def map_parts(
    function: Callable[..., Answer], parts: Iterable[Part], *shared: Any, processes: int
) -> Iterator[Answer]:
    """`function(part, *shared)` of each part, in order, in so many processes; a single part is answered here.

    function: of a module, not made within another. Parts are asked for as processes become free, two a process at a
    time. Raises what the function raises, and ResourcesExhausted where a process ends without an answer.
    """
    rest = iter(parts)
    first = list(islice(rest, 2))
    if processes < 2 or len(first) < 2:
        for part in chain(first, rest):
            yield function(part, *shared)
        return
    with ExitStack() as opened:
        # Left last: after an error its threads still wait for workers, which are ended by then.
        threads = opened.enter_context(ThreadPoolExecutor(processes))
        idle: SimpleQueue[Worker] = SimpleQueue()
        for _ in range(processes):
            idle.put(opened.enter_context(_worker(function, shared)))
        asked: deque[Future[Any]] = deque()
        for part in chain(first, rest):
            asked.append(threads.submit(_ask, idle, part, function.__module__))
            if len(asked) == 2 * processes:
                yield asked.popleft().result()
        while asked:
            yield asked.popleft().result()


@contextmanager
def _worker(function: Callable[..., Any], shared: tuple[Any, ...]) -> Iterator[Worker]:
    """A process that knows what it will be asked, and is ended with the block; what it complains of is seen."""
    worker = subprocess.Popen([sys.executable, "-m", __name__], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        _send(worker, (function, shared))
        yield worker
    finally:
        worker.kill()
        worker.communicate()


def _ask(idle: "SimpleQueue[Worker]", part: Any, module: str) -> Any:
    """The answer of a worker that is free, which is free again afterwards. module: where its function is."""
    worker = idle.get()
    try:
        _send(worker, part)
        answer, error = pickle.load(cast(BinaryIO, worker.stdout))  # noqa: S301 - written by a process of our own
    except (EOFError, BrokenPipeError, pickle.UnpicklingError) as ended:  # the last where it ended within an answer
        raise ResourcesExhausted(
            f"a process that shares the work ended with {worker.wait()} and gave no answer; -9 is what is done to "
            "the largest process where memory runs out",
            where=module,
            todo="lower NIGHTVIGIL_THREADS, which is also the number of these processes, or end other programs; then "
            "run the command again",
        ) from ended
    finally:
        idle.put(worker)
    if error is not None:
        raise error
    return answer


def _send(worker: Worker, what: Any) -> None:
    asked = cast(BinaryIO, worker.stdin)
    pickle.dump(what, asked)
    asked.flush()


def answer_parts(asked: BinaryIO, answers: BinaryIO) -> None:
    """Answer one part after the other: (answer, None), or (None, what the function raised)."""
    function, shared = pickle.load(asked)  # noqa: S301 - written by the process that started this one
    while True:
        try:
            part = pickle.load(asked)  # noqa: S301
        except EOFError:
            return
        answer: tuple[Any, Exception | None]
        try:
            answer = (function(part, *shared), None)
        except Exception as error:  # noqa: BLE001 - it is raised where the part was asked for
            answer = (None, error)
        pickle.dump(answer, answers)
        answers.flush()


def _end_with_parent(parent: int) -> None:
    """A killed run must not leave processes that go on for minutes with a part that nobody waits for."""
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(1)


if __name__ == "__main__":
    threading.Thread(target=_end_with_parent, args=(os.getppid(),), daemon=True).start()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that started this one, and ends both
    answer_parts(sys.stdin.buffer, sys.stdout.buffer)
