from app import deep
