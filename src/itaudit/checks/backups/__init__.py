"""Could we get your data back?"""
