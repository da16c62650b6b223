def page(name):
    return f"""<b>{name}</b>
<i>"""
