"""From observations to scores, risks, challenges, outlook and early warning."""
