"""The only code that talks to git; everything it hands out is a frozen record."""
