from app.heavy import thing
