__all__ = ['os']
