"""From challenges, actions and money to an optimised, costed, checked plan."""
