"""profiles.yml: written for the settings' database, and never over a person's work."""

import stat
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
import yaml

from warehouse import database, profiles
from warehouse.errors import DatabaseError
from warehouse.settings import PROJECT_ROOT, Settings, load_settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings(
        None,
        database_url="postgresql://boss:secret@db.example:5433/market"
        "?sslmode=verify-full&sslrootcert=/etc/ca.pem&application_name=mine",
        home_dir=tmp_path / "home",
        profiles_location=tmp_path / "profiles",
    )


def test_it_names_the_database_of_the_settings(settings: Settings) -> None:
    written = profiles.write(settings)

    assert written.outcome == "written"
    profile = yaml.safe_load(written.path.read_text())["marketflow"]
    assert profile["target"] == "local"
    assert set(profile["outputs"]) == {"local", "dev", "prod"}
    local = profile["outputs"]["local"]
    transformer = urlsplit(database.dsn(settings, "transformer"))
    assert local == {
        "type": "postgres",
        "host": "db.example",
        "port": 5433,
        "user": "marketflow_transformer",
        "password": transformer.password,
        "dbname": "market",
        "schema": "intermediate",
        "threads": 4,
        "keepalives_idle": 30,
        "connect_timeout": 10,
        "retries": 3,
        "sslmode": "verify-full",
        "sslrootcert": "/etc/ca.pem",
    }
    assert profile["outputs"]["dev"]["user"] == "marketflow_owner"
    assert profile["outputs"]["dev"]["schema"] == "dev"


def test_it_is_for_its_owner_alone(settings: Settings) -> None:
    path = profiles.write(settings).path
    assert stat.S_IMODE(path.stat().st_mode) == 0o600

    path.chmod(0o644)
    assert profiles.write(settings).outcome == "unchanged"

    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_it_follows_changed_settings(settings: Settings, tmp_path: Path) -> None:
    path = profiles.write(settings).path
    other = load_settings(
        None,
        database_url="postgresql://boss:secret@elsewhere/market",
        home_dir=tmp_path,
        profiles_location=path.parent,
    )

    assert profiles.write(other).outcome == "written"
    assert "elsewhere" in path.read_text()
    assert [entry.name for entry in path.parent.iterdir()] == ["profiles.yml"]


@pytest.mark.parametrize(
    "edit",
    [
        lambda text: text.replace("threads: 4", "threads: 8"),
        lambda text: text + "# mine\n",
        lambda text: text.partition("\n")[2],
        lambda text: text[:0],
    ],
)
def test_one_that_a_person_edited_is_left_alone(settings: Settings, edit) -> None:  # type: ignore[no-untyped-def]
    path = profiles.write(settings).path
    path.write_text(edit(path.read_text()))
    before = path.read_bytes()

    assert profiles.write(settings).outcome == "kept"
    assert path.read_bytes() == before


def test_a_directory_that_cannot_be_made_is_said(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "profiles").write_text("a file in the way")

    with pytest.raises(DatabaseError, match=r"profiles\.yml cannot be written"):
        profiles.write(settings)


def test_dbt_looks_for_it_in_the_project_unless_told_otherwise(tmp_path: Path) -> None:
    assert load_settings(None, home_dir=tmp_path, profiles_location=None).profiles_directory == (
        PROJECT_ROOT
    )


def test_its_logins_work(warehouse_settings: Settings) -> None:
    path = profiles.write(warehouse_settings).path
    outputs = yaml.safe_load(path.read_text())["marketflow"]["outputs"]

    for output in outputs.values():
        psycopg.connect(
            host=output["host"],
            port=output["port"],
            user=output["user"],
            password=output["password"],
            dbname=output["dbname"],
        ).close()
    assert len(outputs) == 3
