import typing as t

if not t.TYPE_CHECKING:
    import candidate
