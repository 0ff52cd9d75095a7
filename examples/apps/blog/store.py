"""Where posts are kept: PostgreSQL or SQLite, by the same statements."""

import os
import sqlite3
from collections import namedtuple
from datetime import datetime, timezone
from pathlib import Path

Post = namedtuple("Post", "id title text published")

TABLE = "CREATE TABLE IF NOT EXISTS posts (id {key}, title TEXT NOT NULL, text TEXT NOT NULL, published TEXT NOT NULL)"
COLUMNS = "SELECT id, title, text, published FROM posts"


def open_store():
    """The store that this server is meant to use: the cluster's PostgreSQL, where there is one."""
    nodes = os.environ.get("POSTGRESQL_NODES")
    return open_postgresql(nodes) if nodes else open_sqlite(Path(os.environ.get("STATE_DIRECTORY", "."), "blog.sqlite"))


def open_sqlite(path):
    connection = sqlite3.connect(path, timeout=10)
    connection.execute(TABLE.format(key="INTEGER PRIMARY KEY AUTOINCREMENT"))
    return Store(connection, "?")


def open_postgresql(nodes):
    """Of several nodes, the one that takes writes, whichever it is now."""
    import psycopg2

    folder = os.environ["CREDENTIALS_DIRECTORY"]
    connection = psycopg2.connect(
        host=nodes,
        dbname=os.environ.get("BLOG_DATABASE", "blog"),
        user=os.environ.get("BLOG_DATABASE_USER", "app"),
        password=Path(folder, "postgresql.app").read_text().strip(),
        target_session_attrs="read-write",
        sslmode="require",
        connect_timeout=5,
    )
    with connection, connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('posts') IS NULL")
        if cursor.fetchone()[0]:
            # Several processes begin at once, and IF NOT EXISTS alone lets two of them try.
            cursor.execute("SELECT pg_advisory_xact_lock(20170101)")
            cursor.execute(TABLE.format(key="BIGSERIAL PRIMARY KEY"))
    return Store(connection, "%s")


class Store:
    """The posts. `mark` is what stands for a value in a statement."""

    def __init__(self, connection, mark):
        self._connection = connection
        self._mark = mark

    def latest(self, limit, before=None):
        """The newest posts first, those before a certain one if it is given."""
        where, values = (" WHERE id < ?", [before]) if before is not None else ("", [])
        return [Post(*row) for row in self._run(f"{COLUMNS}{where} ORDER BY id DESC LIMIT ?", [*values, limit]).fetchall()]

    def find(self, number):
        row = self._run(f"{COLUMNS} WHERE id = ?", [number]).fetchone()
        return Post(*row) if row else None

    def add(self, title, text):
        """Returns the new post's number."""
        published = datetime.now(timezone.utc).isoformat(timespec="seconds")
        with self._connection:
            row = self._run("INSERT INTO posts (title, text, published) VALUES (?, ?, ?) RETURNING id", [title, text, published])
            return row.fetchone()[0]

    def remove(self, number):
        with self._connection:
            self._run("DELETE FROM posts WHERE id = ?", [number])

    def close(self):
        self._connection.close()

    def _run(self, statement, values):
        cursor = self._connection.cursor()
        cursor.execute(statement.replace("?", self._mark), values)
        return cursor
