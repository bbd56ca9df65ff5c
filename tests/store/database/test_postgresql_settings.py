"""How the connections to a PostgreSQL server are made."""

from collections.abc import Mapping
from typing import Any
from unittest.mock import Mock

import pytest
from sqlalchemy import URL, make_url

from store.database import postgresql
from store.database.database import Database
from store.errors import DatabaseError

ADDRESS = "postgresql+asyncpg://me:secret@127.0.0.1:1/mazok"


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Mapping[str, Any]:
    """What was asked of SQLAlchemy."""
    seen: dict[str, Any] = {}

    def create(url: URL, **options: Any) -> Mock:
        seen.update(options, url=url)
        return Mock()

    monkeypatch.setattr(postgresql, "create_async_engine", create)
    return seen


def test_three_bots_and_four_engines_fit_into_a_hundred_connections(
    asked: Mapping[str, Any],
) -> None:
    postgresql.connect(make_url(ADDRESS))
    assert (3 + 4) * (asked["pool_size"] + asked["max_overflow"]) < 100


def test_the_address_may_name_the_pool_and_the_encryption(asked: Mapping[str, Any]) -> None:
    postgresql.connect(make_url(f"{ADDRESS}?connections=3&sslmode=require"))
    assert asked["pool_size"] == 3
    assert dict(asked["url"].query) == {"ssl": "require"}


def test_behind_a_pooler_nothing_outlives_a_transaction(asked: Mapping[str, Any]) -> None:
    reader, writer = postgresql.connect(make_url(f"{ADDRESS}?pooler=yes"))
    assert reader is writer and not asked["url"].query
    assert asked["connect_args"]["statement_cache_size"] == 0
    assert list(asked["connect_args"]["server_settings"]) == ["application_name"]
    reader, writer = postgresql.connect(make_url(f"{ADDRESS}?pooler=no"))
    assert reader is not writer and "statement_cache_size" not in asked["connect_args"]


@pytest.mark.parametrize("number", ["0", "many", "-1"])
async def test_a_wrong_number_of_connections_is_one_sentence(number: str) -> None:
    with pytest.raises(DatabaseError, match=r"MAZOK_DATABASE connections= takes") as caught:
        await Database.open(f"{ADDRESS}?connections={number}")
    assert "secret" not in str(caught.value)


async def test_another_word_for_a_pooler_is_one_sentence() -> None:
    with pytest.raises(DatabaseError, match=r"^In MAZOK_DATABASE pooler= is yes or no\.$"):
        await Database.open(f"{ADDRESS}?pooler=session")


async def test_other_databases_are_refused_with_one_sentence() -> None:
    with pytest.raises(DatabaseError, match=r"sqlite:// or postgresql://"):
        await Database.open("mysql://me:secret@host/mazok")
