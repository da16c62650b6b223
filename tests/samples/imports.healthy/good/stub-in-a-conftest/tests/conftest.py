import sys
from unittest.mock import MagicMock

sys.modules.setdefault('app.heavy', MagicMock())
