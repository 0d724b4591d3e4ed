import threading

import pytest

from itaudit.evidence.workers import Workers


def wait(until: threading.Event | threading.Barrier) -> None:
    until.wait(60)


def test_jobs_run_together_up_to_the_number_of_threads() -> None:
    workers, met = Workers(most=3), threading.Barrier(4)
    for _ in range(3):
        workers.do(lambda: wait(met))
    met.wait(60)  # only passes when all three are at work at once


def test_a_thread_is_used_again() -> None:
    workers, done = Workers(most=8), threading.Event()
    seen: set[int] = set()

    def job() -> None:
        seen.add(threading.get_ident())
        done.set()

    for _ in range(50):
        done.clear()
        workers.do(job)
        assert done.wait(60)
        while not workers.idle:  # the thread that set the event is about to be free
            threading.Event().wait(0.001)
    assert len(seen) == 1


def test_more_jobs_than_threads_are_all_done() -> None:
    workers, left, done, lock = Workers(most=2), [100], threading.Event(), threading.Lock()

    def job() -> None:
        with lock:
            left[0] -= 1
        if not left[0]:
            done.set()

    for _ in range(100):
        workers.do(job)
    assert done.wait(60)


def test_a_job_that_hangs_keeps_only_its_own_thread() -> None:
    workers, never, done = Workers(most=2), threading.Event(), threading.Event()
    workers.do(lambda: wait(never))
    workers.do(done.set)
    assert done.wait(60)
    never.set()


def test_a_job_that_breaks_does_not_cost_its_thread() -> None:
    workers, done = Workers(most=1), threading.Event()
    workers.do(lambda: wait([][0]))
    workers.do(done.set)
    assert done.wait(60)


@pytest.mark.parametrize("error", [SystemExit(), BaseException("a panic of a library")])
def test_not_even_one_that_would_end_a_thread_does(error: BaseException) -> None:
    workers, done = Workers(most=1), threading.Event()

    def breaks() -> None:
        raise error

    workers.do(breaks)
    workers.do(done.set)
    assert done.wait(60)
