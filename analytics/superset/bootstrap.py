"""Makes Superset ready to serve: its database, schema, administrator, roles and what bi/ holds. Run before each start; repeatable."""

import json
import os
import subprocess
import sys
import time
import urllib.request

import psycopg2
from psycopg2 import errors, sql

env = os.environ
ADMIN = "admin"


def make_database(name: str) -> None:
    """Makes the metadata database where it is missing. Needs CREATEDB; ends with what to do where that is lacking."""
    connection = psycopg2.connect(
        host=env["POSTGRES_HOST"],
        port=env["POSTGRES_PORT"],
        user=env["POSTGRES_USER"],
        password=env["POSTGRES_PASSWORD"],
        dbname=env["POSTGRES_DB"],
        connect_timeout=10,
    )
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            cursor.execute("select 1 from pg_database where datname = %s", (name,))
            if cursor.fetchone():
                return
            cursor.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
    except errors.InsufficientPrivilege:
        sys.exit(f"PostgreSQL database {name} is missing and {env['POSTGRES_USER']} may not make it. As an owner, run: "
                 f"CREATE DATABASE {name} OWNER {env['POSTGRES_USER']}")
    finally:
        connection.close()


def superset(*words: str, may_fail: bool = False) -> None:
    """Runs one superset command. Only its name is printed: the words after it hold the password."""
    print(f"superset {words[0]} {words[1] if len(words) > 1 and not words[1].startswith('-') else ''}", flush=True)
    status = subprocess.run(["superset", *words], check=False).returncode
    if status and not may_fail:
        sys.exit(f"superset {words[0]} ended with {status}")
    if status:
        print(f"superset {words[0]} ended with {status}; going on without", flush=True)


def trino_serves() -> bool:
    try:
        with urllib.request.urlopen(env["TRINO_URL"] + "/v1/info", timeout=5) as answer:
            return not json.load(answer)["starting"]
    except (OSError, ValueError):
        return False


def import_pages(patience_seconds: int) -> None:
    """Imports bi/, for which Superset asks Trino what it holds. Superset serves without: what it had before stays as it was."""
    give_up_at = time.monotonic() + patience_seconds
    while not trino_serves():
        if time.monotonic() > give_up_at:
            print(f"Trino at {env['TRINO_URL']} does not answer, so bi/ is not imported. Restart superset when it does.", flush=True)
            return
        time.sleep(2)
    superset("import-directory", "--overwrite", "/app/bi", may_fail=True)


def main() -> None:
    password = env["SUPERSET_ADMIN_PASSWORD"]
    make_database(env.get("SUPERSET_DB", "superset"))
    superset("db", "upgrade")
    superset("fab", "create-admin", "--username", ADMIN, "--firstname", "Stonks", "--lastname", "Admin",
             "--email", "admin@stonks.invalid", "--password", password, may_fail=True)
    # The Secret decides, on every start: changing it there changes it here.
    superset("fab", "reset-password", "--username", ADMIN, "--password", password)
    superset("init")
    import_pages(int(env.get("TRINO_PATIENCE_SECONDS", "120")))


if __name__ == "__main__":
    main()
