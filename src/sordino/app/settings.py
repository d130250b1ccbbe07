"""What the page was started with."""

from __future__ import annotations

import ipaddress
import secrets
from dataclasses import dataclass, field
from pathlib import Path

LOOPBACK = "127.0.0.1"


@dataclass(frozen=True)
class Settings:
    """Where the page listens and for whom.

    `names`: host names under which it may be asked for, besides its address. `password_hash`
    (argon2) is needed on any address that others can reach. `secure`: it is served over TLS.
    `audit`: file to which sign-ins and refusals are written. `data`: the store of records. `key`:
    who knows it may read records where nobody signs in.
    """

    host: str = LOOPBACK
    port: int = 0
    names: tuple[str, ...] = ()
    password_hash: str | None = None
    secure: bool = False
    audit: Path | None = None
    warm: bool = True
    data: str = ""
    key: str = field(default_factory=lambda: secrets.token_urlsafe(18))

    @property
    def local(self) -> bool:
        """Whether only this machine can reach it."""
        return is_loopback(self.host)

    @property
    def hosts(self) -> frozenset[str]:
        """What the `Host` header may be, in small letters and with the port."""
        names = {self.host, *self.names, *(("localhost", LOOPBACK) if self.local else ())}
        known = {_bracketed(name.lower()) for name in names}
        default = {name for name in known if self.port == (443 if self.secure else 80)}
        return frozenset({f"{name}:{self.port}" for name in known} | default)

    @property
    def door(self) -> str:
        """The address that opens the records to the browser of whoever started the program."""
        return f"{self.url}open/{self.key}"

    @property
    def url(self) -> str:
        """The address to open."""
        scheme = "https" if self.secure else "http"
        name = self.names[0] if self.names else self.host
        return f"{scheme}://{_bracketed(name)}:{self.port}/"


def is_loopback(host: str) -> bool:
    """Whether an address is one of this machine only."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _bracketed(name: str) -> str:
    return f"[{name}]" if ":" in name and not name.startswith("[") else name
