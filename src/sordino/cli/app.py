"""`sordino app`: the local web page."""

from __future__ import annotations

import os
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sordino.cli import say
from sordino.cli.store import DataOption
from sordino.errors import InputError

if TYPE_CHECKING:
    from sordino.app.settings import Settings


def app(
    port: Annotated[
        int, typer.Option("--port", help="Where to listen; 0 takes a free one.", min=0, max=65535)
    ] = 0,
    no_open: Annotated[bool, typer.Option("--no-open", help="Do not open the browser.")] = False,
    data: DataOption = "sordino.db",
    listen: Annotated[
        str,
        typer.Option("--listen", help="Another address, which others can reach; needs a password."),
    ] = "127.0.0.1",
    name: Annotated[
        list[str] | None,
        typer.Option("--name", help="Host name under which others open it; may be repeated."),
    ] = None,
    password_file: Annotated[
        Path | None,
        typer.Option(
            "--password-file",
            help="File with the hash of the password; asked for and written if it is not there.",
        ),
    ] = None,
    certificate: Annotated[
        Path | None, typer.Option("--certificate", help="TLS certificate, with its chain.")
    ] = None,
    key: Annotated[Path | None, typer.Option("--key", help="Private key to it.")] = None,
    audit_log: Annotated[
        Path | None,
        typer.Option("--audit-log", help="File for sign-ins and refusals; no patient data."),
    ] = None,
) -> None:
    """Open a web page on which a course is shaped by hand and the curves follow.

    It answers this machine only, works without a network and sends nothing anywhere.
    sordino app;  sordino app --port 8123 --no-open
    """
    settings = _settings(port, listen, name or [], password_file, certificate, key, audit_log, data)
    from sordino.app.serve import serve

    serve(settings, certificate, key, open_browser=not no_open, say=say)


def _settings(
    port: int,
    listen: str,
    names: list[str],
    password_file: Path | None,
    certificate: Path | None,
    key: Path | None,
    audit_log: Path | None,
    data: str = "",
) -> Settings:
    """Check everything before the page listens; a password is asked for last."""
    from sordino.app.checks import check_certificate, check_data, check_name, check_reachable
    from sordino.app.settings import Settings, is_loopback

    if (certificate is None) != (key is None):
        missing = "--key" if key is None else "--certificate"
        raise InputError(
            "a certificate and its key go together", where=missing, hint=f"give {missing}, too"
        )
    if not is_loopback(listen) and password_file is None:
        raise InputError(
            f"{listen} can be reached by others, and no password is set",
            where="--listen",
            hint="give --password-file FILE; the password is asked for once",
        )
    check_reachable(listen, names)
    for name in names:
        check_name(name)
    check_data(data)
    if certificate is not None and key is not None:
        check_certificate(certificate, key)
    if audit_log is not None:
        from sordino.app.login import Audit

        Audit(audit_log).check()
    password = _password_hash(password_file) if password_file is not None else None
    if not is_loopback(listen) and certificate is None:
        say("without --certificate the password and all data travel in the clear")
    return Settings(
        host=listen,
        port=port,
        names=tuple(names),
        password_hash=password,
        secure=certificate is not None,
        audit=audit_log,
        data=data,
    )


def _password_hash(path: Path) -> str:
    """The hash in a file; a new one is made from a password that is asked for."""
    from sordino.app.login import hashed, is_hash
    from sordino.documents import read_text, whole_file

    if path.exists():
        if os.name == "posix" and path.stat().st_mode & 0o077:
            raise InputError(
                "others may read or change this file",
                where=str(path),
                allowed="a file for its owner alone",
                hint=f"chmod 600 {shlex.quote(str(path))}",
            )
        text = read_text(path).strip()
        if not is_hash(text):
            raise InputError(
                "this holds no argon2 hash",
                where=str(path),
                hint="name a file that is not there yet; it is made from a password",
            )
        return text
    made = hashed(typer.prompt("New password", hide_input=True, confirmation_prompt=True))
    with whole_file(path, overwrite=False) as part:
        part.chmod(0o600)
        part.write_text(made + "\n", encoding="utf-8")
    return made
