"""Names and email addresses: can they be found, does email arrive, and can strangers use them?"""
