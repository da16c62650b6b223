from app.y import whatever
