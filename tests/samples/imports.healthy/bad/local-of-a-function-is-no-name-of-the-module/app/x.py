from app import value
