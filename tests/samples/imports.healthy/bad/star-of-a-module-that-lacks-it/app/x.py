from app import a, gone
