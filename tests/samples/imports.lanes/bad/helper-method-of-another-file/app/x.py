from app.loaders import Loader

Loader().load("candidate.core")
