import app.x
