"""Connectivity: the router, the line to the internet, the network cards and the clock."""
