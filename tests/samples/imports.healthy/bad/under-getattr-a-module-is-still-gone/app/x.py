from app import anything
from app.gone import a
