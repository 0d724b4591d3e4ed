"""What grows old: until when do the maker and the material hold?"""
