print(f'a')
