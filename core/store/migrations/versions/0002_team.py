"""A team: project settings, the queue's counters, gold answers, accounts."""

import sqlalchemy as sa
from alembic import op

revision, down_revision = "0002", "0001"

_NEW = {
    "project": (
        sa.Column("kind", sa.String(length=20), nullable=False, server_default="refine"),
        sa.Column("overlap", sa.Integer(), nullable=False, server_default="1"),
        sa.Column("queue_order", sa.String(length=20), nullable=False, server_default="priority"),
        sa.Column("gold_share", sa.Float(), nullable=False, server_default="0"),
        sa.Column("settings", sa.Text(), nullable=False, server_default="{}"),
        sa.Column("archived", sa.Boolean(), nullable=False, server_default=sa.false()),
    ),
    "task": (
        sa.Column("taken", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("submitted", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("uncertainty", sa.Float(), nullable=True),
        sa.Column("agreement", sa.Float(), nullable=True),
        sa.Column("shuffle", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("reveal", sa.String(length=10), nullable=False, server_default="shown"),
        sa.Column("round", sa.Integer(), nullable=False, server_default="1"),
        sa.Column("rank", sa.Float(), nullable=False, server_default="0"),
    ),
    "lease": (sa.Column("claimed_at", sa.String(length=32), nullable=False, server_default=""),),
    "revision": (
        sa.Column("seconds", sa.Float(), nullable=True),
        sa.Column("late", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("blind", sa.Boolean(), nullable=False, server_default=sa.false()),
    ),
    "adjudication": (sa.Column("target", sa.String(length=20), nullable=False, server_default="training"),),
}
_REFERENCES = (("task", "made_of", "task"), ("review", "fixed_by", "revision"), ("comment", "revision", "revision"))


def upgrade() -> None:
    for table, columns in _NEW.items():
        for column in columns:
            op.add_column(table, column)
    for table, name, other in _REFERENCES:  # in plain SQL: Alembic adds no foreign keys to SQLite's tables, SQLite itself does
        op.execute(f"ALTER TABLE {table} ADD COLUMN {name} INTEGER CONSTRAINT fk_{table}_{name} REFERENCES {other} (id)")
    op.create_index("ix_lease_user", "lease", ["user"])
    op.create_index("ix_task_made_of", "task", ["made_of"])
    op.create_index("ix_task_project_state_rank_id", "task", ["project", "state", "rank", "id"])
    op.create_table(
        "gold",
        sa.Column("task", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("by", sa.String(length=200), nullable=False),
        sa.Column("created_at", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(["task"], ["task.id"], name="fk_gold_task"),
        sa.PrimaryKeyConstraint("task", name="pk_gold"),
    )
    _create_account_tables()
    # what one person had submitted counts from now on
    op.execute("UPDATE task SET submitted = (SELECT count(*) FROM submission WHERE submission.task = task.id AND submission.status = 'submitted')")
    op.execute("UPDATE task SET taken = submitted, state = CASE WHEN submitted < overlap THEN 'open' ELSE 'full' END")


def _create_account_tables() -> None:
    op.create_table(
        "account",
        sa.Column("id", sa.String(length=200), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=True),
        sa.Column("name_key", sa.String(length=400), nullable=True),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=True),
        sa.Column("provider", sa.String(length=20), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("language", sa.String(length=10), nullable=False, server_default=""),
        sa.Column("created_at", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_account"),
        sa.UniqueConstraint("name_key", name="uq_account_name_key"),
    )
    op.create_table(
        "session",
        sa.Column("token_sha", sa.String(length=64), nullable=False),
        sa.Column("account", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("label", sa.String(length=100), nullable=False),
        sa.Column("created_at", sa.String(length=32), nullable=False),
        sa.Column("expires_at", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(["account"], ["account.id"], name="fk_session_account"),
        sa.PrimaryKeyConstraint("token_sha", name="pk_session"),
    )
    op.create_index("ix_session_account", "session", ["account"])
    op.create_index("ix_session_expires_at", "session", ["expires_at"])
    op.create_table(
        "invite",
        sa.Column("token_sha", sa.String(length=64), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("by", sa.String(length=200), nullable=False),
        sa.Column("created_at", sa.String(length=32), nullable=False),
        sa.Column("expires_at", sa.String(length=32), nullable=False),
        sa.Column("used_by", sa.String(length=200), nullable=True),
        sa.Column("account", sa.String(length=200), nullable=True),
        sa.ForeignKeyConstraint(["account"], ["account.id"], name="fk_invite_account"),
        sa.PrimaryKeyConstraint("token_sha", name="pk_invite"),
    )
    op.create_table(
        "login_attempt",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name_sha", sa.String(length=64), nullable=False),
        sa.Column("address", sa.String(length=100), nullable=False),
        sa.Column("at", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_login_attempt"),
    )
    op.create_index("ix_login_attempt_at", "login_attempt", ["at"])
