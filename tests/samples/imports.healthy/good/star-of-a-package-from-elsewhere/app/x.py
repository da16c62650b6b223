from app import array
