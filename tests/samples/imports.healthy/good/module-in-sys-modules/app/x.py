from app.moved import loads
import app.moved.inner
