x: 'list[Decimal]' = []
