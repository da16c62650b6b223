import tool.y
