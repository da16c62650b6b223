x: str
