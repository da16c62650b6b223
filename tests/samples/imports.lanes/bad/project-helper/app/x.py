from app.helper import fetch

core = fetch("json", "candidate.core")
