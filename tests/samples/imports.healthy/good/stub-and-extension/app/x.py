from app._fast import a
from app import _slow
from app._slow import a
