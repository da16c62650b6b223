x = 'one two'
