from app import sub
from app.sub import deep
import app.sub.deep as d
