"""Revisions: what one process has written about makes every other process read again, even when the writer was killed."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from finder.domain.consent import Subject
from finder.store.revisions import Revisions

ONE, OTHER = Subject("0a1" + "0" * 61), Subject("fff" + "0" * 61)


def test_a_write_changes_the_number_of_its_subject_for_all_who_have_the_file(tmp_path: Path) -> None:
    with Revisions(tmp_path / "new" / "revisions") as here, Revisions(tmp_path / "new" / "revisions") as there:
        before, of_other = there.of(ONE), there.of(OTHER)
        seen = {before}
        for _ in range(50):
            with here.changing(ONE):
                assert there.of(ONE) == 0
                assert there.of(OTHER) == of_other
            seen.add(there.of(ONE))
        assert len(seen) == 51
        assert 0 not in seen
        assert (here.of(ONE), here.of(OTHER)) == (there.of(ONE), of_other)


def test_a_write_that_fails_makes_all_read_again_too(tmp_path: Path) -> None:
    with Revisions(tmp_path / "revisions") as revisions:
        before = revisions.of(ONE)
        with pytest.raises(RuntimeError), revisions.changing(ONE):
            raise RuntimeError
        assert revisions.of(ONE) not in {0, before}


def test_a_file_made_anew_has_no_old_number(tmp_path: Path) -> None:
    path = tmp_path / "revisions"
    with Revisions(path) as first:
        before = first.of(ONE)
    with Revisions(path) as again:
        assert again.of(ONE) == before
    path.write_bytes(b"half a fi")
    with Revisions(path) as anew:
        assert anew.of(ONE) not in {0, before}
    assert path.stat().st_mode & 0o077 == 0


def test_one_writer_at_a_time_of_threads_and_of_openings(tmp_path: Path) -> None:
    inside, most = 0, 0
    lock = threading.Lock()

    def write(revisions: Revisions) -> None:
        nonlocal inside, most
        for _ in range(30):
            with revisions.changing(ONE):
                with lock:
                    inside += 1
                    most = max(most, inside)
                os.sched_yield()
                with lock:
                    inside -= 1

    with Revisions(tmp_path / "revisions") as a, Revisions(tmp_path / "revisions") as b:
        threads = [threading.Thread(target=write, args=(revisions,)) for revisions in (a, a, b, b)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert most == 1


def test_a_writer_that_is_killed_leaves_nothing_to_be_remembered(tmp_path: Path) -> None:
    path = tmp_path / "revisions"
    code = (
        "import sys; from pathlib import Path; from finder.store.revisions import Revisions\n"
        f"with Revisions(Path(sys.argv[1])).changing({ONE!r}): print('writing', flush=True); sys.stdin.read()"
    )
    with Revisions(path) as revisions:
        with subprocess.Popen(
            [sys.executable, "-c", code, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as writer:
            assert writer.stdout is not None
            assert writer.stdout.readline() == "writing\n"
            writer.send_signal(signal.SIGKILL)
        assert revisions.of(ONE) == 0
        with revisions.changing(ONE):  # nobody waits for the dead
            pass
        assert revisions.of(ONE) != 0
