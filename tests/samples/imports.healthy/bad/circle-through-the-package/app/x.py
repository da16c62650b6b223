from app import b

a = 1
