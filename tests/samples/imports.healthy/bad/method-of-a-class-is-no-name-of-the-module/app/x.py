from app import load
