def f():
    """One.  

    Two.   
    """
