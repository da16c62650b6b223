import app.gone
