"""Software updates: is what the makers mended also mended here?"""
