"""ASK. Questions, and the sources that answer them: the live machine, or a bundle recorded earlier."""
