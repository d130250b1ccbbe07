"""What the page is started with, checked before it listens."""

from __future__ import annotations

import ipaddress
import re
import ssl
from pathlib import Path
from typing import NoReturn

from sordino.documents import reading
from sordino.errors import InputError

_NAME = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*", re.IGNORECASE)


def check_name(name: str) -> None:
    """Raise `InputError` for what no browser can send as the name of a host."""
    if len(name) <= 253 and _NAME.fullmatch(name):
        return
    try:
        ipaddress.ip_address(name.removeprefix("[").removesuffix("]"))
    except ValueError:
        raise InputError(
            f"{name!r} is no host name",
            where="--name",
            allowed="a name or an address without http://, port and path",
            hint="--name sordino.clinic.example; other letters than a to z as xn--...",
        ) from None


def check_reachable(host: str, names: list[str]) -> None:
    """Raise `InputError` for all addresses of this machine without a name to ask for."""
    try:
        everywhere = host == "" or ipaddress.ip_address(host).is_unspecified
    except ValueError:
        everywhere = False
    if everywhere and not names:
        raise InputError(
            f"{host!r} means all addresses of this machine; others cannot open it by that",
            where="--listen",
            hint="give --name with what others type, e.g. --name 192.168.1.5; it may be repeated",
        )


def check_data(address: str) -> None:
    """Raise `InputError` where no store can be. A file that is not there yet is right."""
    from sordino.store.engine import parse_url

    url = parse_url(address)
    if url.get_backend_name() != "sqlite" or not url.database:
        return
    path = Path(url.database)
    if path.is_dir():
        raise InputError(
            f"{path} is a folder, a store is a file",
            where="--data",
            hint=f"--data {path / 'sordino.db'}",
        )
    if not path.parent.is_dir():
        raise InputError(
            f"there is no folder {path.parent}",
            where="--data",
            hint="make it first; the page offers to make the file",
        )


def check_certificate(certificate: Path, key: Path) -> None:
    """Raise `InputError` for files that are no certificate with its key."""
    for path in (certificate, key):
        with reading(path):
            path.open("rb").close()
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key, _no_password)
    except ssl.SSLError as error:
        raise InputError(
            f"{key} is not the key of {certificate}"
            if error.reason == "KEY_VALUES_MISMATCH"
            else f"{certificate} and {key} cannot be used",
            where="--certificate",
            allowed="a certificate, its chain behind it, and its private key, as PEM",
        ) from None


def _no_password() -> NoReturn:
    raise InputError(
        "this key is locked with a password",
        where="--key",
        hint="openssl pkey -in LOCKED -out KEY writes it without; chmod 600 KEY",
    )
