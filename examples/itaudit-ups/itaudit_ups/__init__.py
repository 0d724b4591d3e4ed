"""itaudit plugin: the batteries that carry the office through a power cut."""
