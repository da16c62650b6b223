import app.y.z
