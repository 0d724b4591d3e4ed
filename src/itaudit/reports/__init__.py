"""SHOW: one view model, several renderings. Import the rendering you need; none of them is imported here."""
