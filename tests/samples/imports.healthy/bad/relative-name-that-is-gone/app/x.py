from . import gone
