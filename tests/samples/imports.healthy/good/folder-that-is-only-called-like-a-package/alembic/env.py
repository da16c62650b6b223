from alembic import context
import alembic.config
