from app.y import a
