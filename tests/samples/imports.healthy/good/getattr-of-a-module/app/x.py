from app import anything
