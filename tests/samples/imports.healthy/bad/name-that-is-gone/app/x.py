from app.y import here, gone
