import app.y
