"""The predefined sequence for when it goes wrong anyway: open, assess, contain, recover, close."""
