"""What FastAPI injects in the tests: the same user as text, a dataclass, a model, an object."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

import httpx
import redis
from fastapi import Depends, Header
from pydantic import BaseModel

from starlette_middleware.conftest import Site


@dataclass
class User:
    """Who asks."""

    name: str


class Member(BaseModel):
    """The same."""

    name: str


class Row:
    """The same, of a library that is not known here."""

    def __init__(self, name: str) -> None:
        self.name = name


def name_of(x_name: str = Header("nobody")) -> str:
    """A dependency that gives plain text."""
    return x_name


def user_of(x_name: str = Header("nobody")) -> User:
    """One that gives a dataclass."""
    return User(x_name)


def member_of(x_name: str = Header("nobody")) -> Member:
    """One that gives a model."""
    return Member(name=x_name)


def row_of(x_name: str = Header("nobody")) -> Row:
    """One that gives an object."""
    return Row(x_name)


AsUser = Annotated[User, Depends(user_of)]
AsMember = Annotated[Member, Depends(member_of)]
AsRow = Annotated[Row, Depends(row_of)]


async def name_page(name: str = Depends(name_of)) -> Any:
    """A page that shows who asks."""
    return name


def as_eve_and_bob(site: Site, path: str = "/") -> list[httpx.Response]:
    """Ask as one and as the other, twice each."""
    return [site.get(path, x_name=name)[0] for name in ("eve", "bob") * 2]


def stored(site: Site) -> dict[bytes, bytes]:
    """What lies on the server."""
    with redis.Redis.from_url(site.url) as client:
        return {key: client.get(key) for key in client.scan_iter()}
