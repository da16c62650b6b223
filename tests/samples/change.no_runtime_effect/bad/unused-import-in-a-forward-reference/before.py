from decimal import Decimal
x: 'list[Decimal]' = []
