"""Services: does what should run, run, and what keeps coming back?"""
