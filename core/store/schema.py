"""The tables. Proposals and revisions are only ever added to; triggers refuse anything else, also from an SQL shell."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Float, ForeignKey, Index, Integer, MetaData, PrimaryKeyConstraint, String, Table, Text, UniqueConstraint, false

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

_TIME, _USER, _SHA = String(32), String(200), String(64)

image = Table(
    "image",
    metadata,
    Column("sha256", _SHA, primary_key=True),
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
    Column("uri", Text, nullable=False),
)

project = Table(
    "project",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", String(200), nullable=False, unique=True),
    Column("guideline", Text, nullable=False),
    Column("created_at", _TIME, nullable=False),
    Column("kind", String(20), nullable=False, server_default="refine"),
    Column("overlap", Integer, nullable=False, server_default="1"),
    Column("queue_order", String(20), nullable=False, server_default="priority"),
    Column("gold_share", Float, nullable=False, server_default="0"),
    Column("settings", Text, nullable=False, server_default="{}"),
    Column("archived", Boolean, nullable=False, server_default=false()),
)

task = Table(
    "task",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("project", ForeignKey("project.id"), nullable=False),
    Column("image", ForeignKey("image.sha256"), nullable=False),
    Column("kind", String(40), nullable=False),
    Column("record", String(32), nullable=False),
    Column("proposal_sha", _SHA, nullable=False),
    Column("title", String(200), nullable=False),
    Column("title_lower", String(400), nullable=False),
    Column("boxes", Integer, nullable=False),
    Column("priority", Float, nullable=False),
    Column("overlap", Integer, nullable=False),
    Column("state", String(20), nullable=False),
    Column("gold", Boolean, nullable=False),
    Column("taken", Integer, nullable=False, server_default="0"),
    Column("submitted", Integer, nullable=False, server_default="0"),
    Column("uncertainty", Float),
    Column("agreement", Float),
    Column("shuffle", Integer, nullable=False, server_default="0"),
    Column("reveal", String(10), nullable=False, server_default="shown"),
    Column("round", Integer, nullable=False, server_default="1"),
    Column("rank", Float, nullable=False, server_default="0"),
    Column("made_of", ForeignKey("task.id"), index=True),
    UniqueConstraint("project", "record", "proposal_sha"),
    Index(None, "project", "id"),
    Index(None, "project", "state", "rank", "id"),
)

proposal = Table(
    "proposal",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("task", ForeignKey("task.id"), nullable=False, index=True),
    Column("model", String(400), nullable=False),
    Column("model_version", String(400), nullable=False),
    Column("payload", Text, nullable=False),
    Column("payload_sha", _SHA, nullable=False),
    Column("score", Float),
    Column("created_at", _TIME, nullable=False),
)

lease = Table(
    "lease",
    metadata,
    Column("task", ForeignKey("task.id"), nullable=False),
    Column("user", _USER, nullable=False),
    Column("token", String(64), nullable=False),
    Column("expires_at", _TIME, nullable=False, index=True),
    Column("claimed_at", _TIME, nullable=False, server_default=""),
    PrimaryKeyConstraint("task", "user"),
    Index(None, "user"),
)

revision = Table(
    "revision",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("task", ForeignKey("task.id"), nullable=False),
    Column("user", _USER, nullable=False),
    Column("parent", ForeignKey("revision.id")),
    Column("proposal", ForeignKey("proposal.id"), nullable=False),
    Column("idempotency_key", String(200), nullable=False, unique=True),
    Column("status", String(20), nullable=False),
    Column("reason", Text, nullable=False),
    Column("payload", Text, nullable=False),
    Column("payload_sha", _SHA, nullable=False),
    Column("created_at", _TIME, nullable=False),
    Column("seconds", Float),
    Column("late", Boolean, nullable=False, server_default=false()),
    Column("blind", Boolean, nullable=False, server_default=false()),
    Index(None, "task", "user", "id"),
)

submission = Table(
    "submission",
    metadata,
    Column("task", ForeignKey("task.id"), nullable=False),
    Column("user", _USER, nullable=False),
    Column("revision", ForeignKey("revision.id"), nullable=False),
    Column("status", String(20), nullable=False),
    Column("boxes", Integer, nullable=False),
    Column("changed", Boolean, nullable=False),
    Column("updated_at", _TIME, nullable=False),
    PrimaryKeyConstraint("task", "user"),
    Index(None, "user", "status", "task"),
)

review = Table(
    "review",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("revision", ForeignKey("revision.id"), nullable=False, index=True),
    Column("reviewer", _USER, nullable=False),
    Column("verdict", String(20), nullable=False),
    Column("reason", Text, nullable=False),
    Column("created_at", _TIME, nullable=False),
    Column("fixed_by", ForeignKey("revision.id")),
)

gold = Table(
    "gold",
    metadata,
    Column("task", ForeignKey("task.id"), primary_key=True, autoincrement=False),
    Column("payload", Text, nullable=False),
    Column("by", _USER, nullable=False),
    Column("created_at", _TIME, nullable=False),
)

adjudication = Table(
    "adjudication",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("task", ForeignKey("task.id"), nullable=False, index=True),
    Column("revision", ForeignKey("revision.id"), nullable=False),
    Column("by", _USER, nullable=False),
    Column("made_from", Text, nullable=False),
    Column("created_at", _TIME, nullable=False),
    Column("target", String(20), nullable=False, server_default="training"),
)

comment = Table(
    "comment",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("task", ForeignKey("task.id"), nullable=False, index=True),
    Column("anchor", Text, nullable=False),
    Column("thread", ForeignKey("comment.id")),
    Column("user", _USER, nullable=False),
    Column("text", Text, nullable=False),
    Column("resolved", Boolean, nullable=False),
    Column("created_at", _TIME, nullable=False),
    Column("revision", ForeignKey("revision.id")),
)

account = Table(
    "account",
    metadata,
    Column("id", _USER, primary_key=True),
    Column("name", String(200)),
    Column("name_key", String(400), unique=True),
    Column("role", String(20), nullable=False),
    Column("password_hash", Text),
    Column("provider", String(20), nullable=False),
    Column("active", Boolean, nullable=False),
    Column("language", String(10), nullable=False, server_default=""),
    Column("created_at", _TIME, nullable=False),
)

session = Table(
    "session",
    metadata,
    Column("token_sha", _SHA, primary_key=True),
    Column("account", ForeignKey("account.id"), nullable=False, index=True),
    Column("kind", String(10), nullable=False),
    Column("label", String(100), nullable=False),
    Column("created_at", _TIME, nullable=False),
    Column("expires_at", _TIME, nullable=False, index=True),
)

invite = Table(
    "invite",
    metadata,
    Column("token_sha", _SHA, primary_key=True),
    Column("role", String(20), nullable=False),
    Column("by", _USER, nullable=False),
    Column("created_at", _TIME, nullable=False),
    Column("expires_at", _TIME, nullable=False),
    Column("used_by", _USER),
    Column("account", ForeignKey("account.id")),
)

login_attempt = Table(
    "login_attempt",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name_sha", _SHA, nullable=False),
    Column("address", String(100), nullable=False),
    Column("at", _TIME, nullable=False, index=True),
)

event = Table(
    "event",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("task", ForeignKey("task.id"), index=True),
    Column("user", _USER, nullable=False),
    Column("what", String(40), nullable=False),
    Column("detail", Text, nullable=False),
    Column("created_at", _TIME, nullable=False),
)

export = Table(
    "export",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("content_hash", _SHA, nullable=False, index=True),
    Column("manifest", Text, nullable=False),
    Column("created_at", _TIME, nullable=False),
)

APPEND_ONLY = ("proposal", "revision")
"""Tables whose rows are never changed or deleted."""
