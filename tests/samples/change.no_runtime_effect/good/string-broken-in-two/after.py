x = (
    'one '
    'two'
)
