from app.gone import a
