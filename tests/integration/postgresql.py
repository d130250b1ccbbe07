"""A PostgreSQL server of one's own, from Debian's packages."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import time
import uuid
from pathlib import Path

import psutil
import pytest

WAIT_S = 60


def find_binaries() -> Path | None:
    """The folder with initdb and postgres: on the path, or where Debian puts the newest."""
    on_path = shutil.which("postgres")
    found = [Path(on_path)] if on_path else []
    found += sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), reverse=True)
    folders = [path.resolve().parent for path in found]
    return next((folder for folder in folders if (folder / "initdb").exists()), None)


class Server:
    """A server in a folder of its own, reached by a socket there: no port, no password."""

    def __init__(self, binaries: Path, folder: Path) -> None:
        self.binaries = binaries
        self.folder = folder
        self.process: subprocess.Popen[bytes] | None = None
        # PostgreSQL refuses to run as root; its Debian package brings a user for it.
        self.uid, self.gid, self.groups = None, None, None
        if os.geteuid() == 0:
            user = pwd.getpwnam("postgres")
            self.uid, self.gid, self.groups = user.pw_uid, user.pw_gid, list[str | int]()
            os.chown(folder, user.pw_uid, user.pw_gid)
        self._run(
            "initdb", "-D", str(folder / "data"), "-U", "sordino", "-A", "trust", "-E", "UTF8"
        )

    def _run(self, name: str, *arguments: str) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            [self.binaries / name, *arguments],
            check=True,
            capture_output=True,
            cwd=self.folder,
            user=self.uid,
            group=self.gid,
            extra_groups=self.groups,
        )

    def start(self) -> None:
        """Start, and wait until it answers."""
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [
                    self.binaries / "postgres",
                    *("-D", str(self.folder / "data")),
                    *("-k", str(self.folder)),
                    *("-c", "listen_addresses="),
                    # Where the machine has little shared memory.
                    *("-c", "shared_buffers=16MB"),
                ],
                stdout=log,
                stderr=log,
                cwd=self.folder,
                start_new_session=True,
                user=self.uid,
                group=self.gid,
                extra_groups=self.groups,
            )
        end = time.monotonic() + WAIT_S
        while time.monotonic() < end:
            done = subprocess.run(
                [self.binaries / "pg_isready", "-h", self.folder, "-U", "sordino"],
                capture_output=True,
                check=False,
            )
            if done.returncode == 0:
                return
            time.sleep(0.05)
        pytest.fail((self.folder / "log").read_text(errors="replace")[-2000:])

    def kill(self) -> None:
        """End the server and everything it started, without a chance to tidy up."""
        assert self.process is not None
        family = psutil.Process(self.process.pid)
        alive = [family, *family.children(recursive=True)]
        for process in alive:
            process.kill()
        self.process.wait()
        psutil.wait_procs(alive, WAIT_S)

    def stop(self) -> None:
        """End the server at once: nobody needs what it holds."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGQUIT)
            self.process.wait(WAIT_S)

    def new_database(self) -> str:
        """The URL of an empty database."""
        name = f"d{uuid.uuid4().hex[:12]}"
        self._run("createdb", "-h", str(self.folder), "-U", "sordino", name)
        return f"postgresql://sordino@/{name}?host={self.folder}"
