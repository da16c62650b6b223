from app.x import a

b = 1
