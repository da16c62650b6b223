from app.y import b

a = 1
