"""Which programs can work with the schema; see bpmgrpc.store.compatibility.

Revision: 0014.
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Makes the table of one row; whoever migrates writes it."""
    op.create_table(
        "schema_compatibility",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("oldest_program", sa.String(32), nullable=False),
    )
