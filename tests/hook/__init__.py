"""The hooks as functions, without a push around them."""
