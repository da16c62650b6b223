import app.core.y
