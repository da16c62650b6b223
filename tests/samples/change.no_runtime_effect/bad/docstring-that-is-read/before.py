"""Use: a  
"""
print(__doc__)
