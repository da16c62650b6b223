from app.y import *
