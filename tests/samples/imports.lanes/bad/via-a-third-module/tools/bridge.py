from .last import Thing
