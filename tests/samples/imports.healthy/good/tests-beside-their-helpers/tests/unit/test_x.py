import helpers.y
