"""What was decided and what happened, in a chain that shows every change made to it later."""
